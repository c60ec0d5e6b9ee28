// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/unicode.hpp"

#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <utf8proc.h>

namespace troupe::text {

namespace {

utf8proc_category_t category(char32_t point) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(point));
}

template <class Map>
std::string mapped(std::string_view text, Map map) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto next = utf8::first(text);
    utf8::append(out, map(next.point));
    text.remove_prefix(next.bytes);
  }
  return out;
}

char32_t lower(char32_t point) {
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(point)));
}

char32_t upper(char32_t point) {
  return static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(point)));
}

/// Of the letters whose upper form is two letters only the sharp s is one that texts have.
void append_upper(std::string& out, char32_t point, std::string_view sharp_s) {
  if (point == U'\u00DF') {
    out += sharp_s;
  } else {
    utf8::append(out, upper(point));
  }
}

std::size_t last_character(std::string_view text) {
  auto at = text.size() - 1;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
    --at;
  }
  return at;
}

bool is_stripped(std::string_view character, const std::string* from) {
  return from == nullptr ? is_space(utf8::first(character).point)
                         : from->find(character) != std::string::npos;
}

} // namespace

bool is_space(char32_t point) {
  return (point >= 0x09 && point <= 0x0D) || (point >= 0x1C && point <= 0x20) || point == 0x85
         || point == 0xA0 || point == 0x1680 || (point >= 0x2000 && point <= 0x200A)
         || point == 0x2028 || point == 0x2029 || point == 0x202F || point == 0x205F
         || point == 0x3000;
}

bool is_printable(char32_t point) {
  switch (category(point)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    case UTF8PROC_CATEGORY_ZS:
      return point == ' ';
    default:
      return true;
  }
}

bool is_letter(char32_t point) {
  const auto found = category(point);
  return found >= UTF8PROC_CATEGORY_LU && found <= UTF8PROC_CATEGORY_LO;
}

bool is_digit(char32_t point) {
  return category(point) == UTF8PROC_CATEGORY_ND;
}

std::string to_lower(std::string_view text) {
  return mapped(text, lower);
}

std::string to_upper(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto next = utf8::first(text);
    append_upper(out, next.point, "SS");
    text.remove_prefix(next.bytes);
  }
  return out;
}

std::string to_title(std::string_view text, bool each_word) {
  std::string out;
  out.reserve(text.size());
  for (bool inside = false; !text.empty();) {
    const auto next = utf8::first(text);
    if (inside) {
      utf8::append(out, lower(next.point));
    } else {
      append_upper(out, next.point, "Ss");
    }
    inside = !each_word || is_letter(next.point);
    text.remove_prefix(next.bytes);
  }
  return out;
}

std::string_view strip(std::string_view text, const std::string* from, bool left, bool right) {
  while (left && !text.empty() && is_stripped(text.substr(0, utf8::first(text).bytes), from)) {
    text.remove_prefix(utf8::first(text).bytes);
  }
  while (right && !text.empty() && is_stripped(text.substr(last_character(text)), from)) {
    text = text.substr(0, last_character(text));
  }
  return text;
}

std::string_view characters(std::string_view text, std::size_t begin, std::size_t end) {
  std::size_t from = 0;
  for (std::size_t at = 0; at < begin && from < text.size(); ++at) {
    from += utf8::first(text.substr(from)).bytes;
  }
  auto to = from;
  for (auto at = begin; at < end && to < text.size(); ++at) {
    to += utf8::first(text.substr(to)).bytes;
  }
  return text.substr(from, to - from);
}

} // namespace troupe::text
