// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/unicode_form.hpp"

#include "engine/text/unicode.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utf8proc.h>

namespace troupe::text {

namespace {

utf8proc_option_t options_of(unicode_form form) {
  constexpr int composed = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
  constexpr int decomposed = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE;
  switch (form) {
    case unicode_form::nfc:
      return static_cast<utf8proc_option_t>(composed);
    case unicode_form::nfd:
      return static_cast<utf8proc_option_t>(decomposed);
    case unicode_form::nfkc:
      return static_cast<utf8proc_option_t>(composed | UTF8PROC_COMPAT);
    case unicode_form::nfkd:
      break;
  }
  return static_cast<utf8proc_option_t>(decomposed | UTF8PROC_COMPAT);
}

struct free_deleter {
  void operator()(utf8proc_uint8_t* memory) const { std::free(memory); }
};

/// Lead bytes of U+0300 and above; what lies below is in NFC and composes with nothing before it.
bool is_above_latin(char c) {
  return static_cast<unsigned char>(c) >= 0xCC;
}

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

void append_mapped(std::string_view text, unicode_form form, std::string& out) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto bytes =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &mapped, options_of(form));
  const std::unique_ptr<utf8proc_uint8_t, free_deleter> owner(mapped);
  if (bytes < 0) {
    out += text;
    return;
  }
  out.append(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(bytes));
}

/// NFC: only runs above U+0300, with the character before them, need the tables.
void append_composed(std::string_view text, std::string& out) {
  out.reserve(out.size() + text.size());
  while (!text.empty()) {
    const auto high = std::ranges::find_if(text, is_above_latin);
    if (high == text.end()) {
      out += text;
      return;
    }
    auto begin = static_cast<std::size_t>(high - text.begin());
    const auto end = static_cast<std::size_t>(
        std::find_if(high, text.end(),
                     [](char c) { return begins_character(c) && !is_above_latin(c); })
        - text.begin());
    begin -= begin > 0 ? 1U : 0U;
    while (begin > 0 && !begins_character(text[begin])) {
      --begin;
    }
    out += text.substr(0, begin);
    append_mapped(text.substr(begin, end - begin), unicode_form::nfc, out);
    text.remove_prefix(end);
  }
}

} // namespace

void append_in_form(std::string_view text, unicode_form form, std::string& out) {
  if (form == unicode_form::nfc) {
    append_composed(text, out);
  } else {
    append_mapped(text, form, out);
  }
}

void append_lower(std::string_view text, std::string& out) {
  // U+0130 alone becomes two characters.
  constexpr std::string_view dotted_capital_i = "\xC4\xB0";
  while (!text.empty()) {
    const auto end = std::min(text.find(dotted_capital_i), text.size());
    out += to_lower(text.substr(0, end));
    text.remove_prefix(end);
    if (!text.empty()) {
      out += "i\xCC\x87";
      text.remove_prefix(dotted_capital_i.size());
    }
  }
}

} // namespace troupe::text
