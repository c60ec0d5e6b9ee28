// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/string_literal.hpp"

#include "runtime/base/utf8.hpp"

#include <charconv>

namespace troupe::text::jinja {

namespace {

/// The digits at the start of `from`, at most `digits_max` of them.
std::size_t read_number(std::string_view from, std::size_t digits_max, int base, unsigned& number) {
  from = from.substr(0, digits_max);
  const auto read = std::from_chars(from.data(), from.data() + from.size(), number, base);
  return read.ec == std::errc() ? static_cast<std::size_t>(read.ptr - from.data()) : 0;
}

std::size_t hex_digits(char c) {
  switch (c) {
    case 'x':
      return 2;
    case 'u':
      return 4;
    case 'U':
      return 8;
    default:
      return 0;
  }
}

/// Appends what the escape after a backslash means; the bytes it took, 0 for none known.
std::size_t append_escape(std::string_view rest, std::string& out) {
  constexpr std::string_view letters = "\\'\"abfnrtv";
  constexpr std::string_view meanings = "\\'\"\a\b\f\n\r\t\v";
  if (const auto found = letters.find(rest[0]); found != std::string_view::npos) {
    out += meanings[found];
    return 1;
  }
  if (rest[0] == '\n') {
    return 1;
  }
  unsigned number = 0;
  if (const auto wanted = hex_digits(rest[0]); wanted > 0) {
    if (read_number(rest.substr(1), wanted, 16, number) != wanted) {
      return 0;
    }
    utf8::append(out, number);
    return 1 + wanted;
  }
  const auto octal = read_number(rest, 3, 8, number);
  if (octal > 0) {
    utf8::append(out, number);
  }
  return octal;
}

} // namespace

std::string unescaped(std::string_view written) {
  std::string out;
  out.reserve(written.size());
  while (!written.empty()) {
    if (written[0] == '\\' && written.size() > 1) {
      if (const auto taken = append_escape(written.substr(1), out); taken > 0) {
        written.remove_prefix(1 + taken);
        continue;
      }
    }
    out += written[0];
    written.remove_prefix(1);
  }
  return out;
}

} // namespace troupe::text::jinja
