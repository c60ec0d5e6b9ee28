// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/codec/print.hpp"

#include "runtime/base/utf8.hpp"

#include <array>
#include <charconv>

namespace troupe {

namespace {

constexpr std::string_view digits = "0123456789abcdef";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto code = static_cast<std::uint8_t>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (code < 0x20 || code == 0x7F) {
      out += {'\\', 'x', digits[code >> 4U], digits[code & 0x0FU]};
    } else {
      out += c;
    }
  }
  return out;
}

} // namespace

void printer::put(std::string_view text) {
  if (out_.size() + text.size() <= bytes_max_) {
    out_ += text;
  } else if (!full()) {
    out_ += "..";
    bytes_max_ = out_.size();
  }
}

void printer::quoted(std::string_view text, std::size_t shown_max) {
  const auto kept = utf8::repaired(text.substr(0, shown_max), shown_max);
  put("\"" + escaped(kept) + "\"");
  if (text.size() > shown_max) {
    put("..");
    number(static_cast<std::uint64_t>(text.size()));
  }
}

void printer::number(std::uint64_t value) {
  put(std::to_string(value));
}

void printer::number(std::int64_t value) {
  put(std::to_string(value));
}

void printer::number(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  put({text.data(), static_cast<std::size_t>(end - text.data())});
}

void printer::hex(const hash128& value) {
  std::string text;
  for (const auto word : {value.high, value.low}) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      text += digits[(word >> static_cast<unsigned>(shift)) & 0x0FU];
    }
  }
  put(text);
}

} // namespace troupe
