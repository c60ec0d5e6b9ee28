// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::text {

enum class unicode_form : std::uint8_t { nfc, nfd, nfkc, nfkd };

/// Appends `text` in a Unicode normal form. Requires: valid UTF-8.
/// Cost: NFC passes over what lies below U+0300; the others ask the tables for every character.
/// Checked: test/unit/text/tokenizer_test.cpp, tokenizer_parity_test.cpp
void append_in_form(std::string_view text, unicode_form form, std::string& out);

/// Appends each character's lower-case form, without regard to its neighbours.
void append_lower(std::string_view text, std::string& out);

} // namespace troupe::text
