// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace troupe::text {

/// tokenizer.json writes the bytes of a token as printable characters: the printable Latin-1 ones
/// stand for themselves, the other 68 are U+0100 and up in order of the byte.

/// The bytes that `written` stands for; none where it has a character outside the alphabet.
/// Checked: test/unit/text/tokenizer_test.cpp
[[nodiscard]] std::optional<std::string> from_byte_level(std::string_view written);

/// The inverse, for messages.
[[nodiscard]] std::string to_byte_level(std::string_view raw);

} // namespace troupe::text
