// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace troupe::http {

/// The character classes of RFC 9110 and 9112; all of them for ASCII only.

[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool is_hex_digit(char c);
[[nodiscard]] bool is_token(std::string_view text);      ///< Not empty; method and field names.
[[nodiscard]] bool is_visible(std::string_view text);    ///< Not empty; 0x21..0x7e only.
[[nodiscard]] bool is_field_text(std::string_view text); ///< No control characters but tab.
[[nodiscard]] bool is_authority(std::string_view text);  ///< host[:port], may be empty.
[[nodiscard]] std::string_view trimmed(std::string_view text); ///< Of spaces and tabs.

/// Whether a comma-separated list has `item` (lower case).
[[nodiscard]] bool has_list_item(std::string_view list, std::string_view item);

} // namespace troupe::http
