// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/utf8.hpp"

#include <string_view>

namespace troupe::text {

/// Unicode's White_Space property; `is_space` is Python's, which has four control characters more.
[[nodiscard]] constexpr bool is_white_space(char32_t point) {
  return (point >= 0x09 && point <= 0x0D) || point == 0x20 || point == 0x85 || point == 0xA0
         || point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028
         || point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x3000;
}

/// Requires: valid UTF-8. Checked: test/unit/text/normalizer_test.cpp
[[nodiscard]] inline std::string_view without_white_ends(std::string_view text, bool left,
                                                         bool right) {
  while (left && !text.empty() && is_white_space(utf8::first(text).point)) {
    text.remove_prefix(utf8::first(text).bytes);
  }
  while (right && !text.empty()) {
    auto last = text.size() - 1;
    while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xC0U) == 0x80U) {
      --last;
    }
    if (!is_white_space(utf8::first(text.substr(last)).point)) {
      break;
    }
    text = text.substr(0, last);
  }
  return text;
}

} // namespace troupe::text
