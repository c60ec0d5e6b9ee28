// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace troupe::text {

/// Characters as Python's str methods see them. Texts must be valid UTF-8.

[[nodiscard]] bool is_space(char32_t point);
[[nodiscard]] bool is_printable(char32_t point);
[[nodiscard]] bool is_letter(char32_t point);
[[nodiscard]] bool is_digit(char32_t point);
[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] std::string to_upper(std::string_view text);
/// First character upper, the rest lower; of every word where `each_word`.
[[nodiscard]] std::string to_title(std::string_view text, bool each_word);

/// Without the characters of `from` at the ends; without blanks where `from` is null.
[[nodiscard]] std::string_view strip(std::string_view text, const std::string* from, bool left,
                                     bool right);

/// The characters [begin, end) of a text, in characters.
[[nodiscard]] std::string_view characters(std::string_view text, std::size_t begin,
                                          std::size_t end);

} // namespace troupe::text
