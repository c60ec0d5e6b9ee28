// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/tokens.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace troupe::text {

/// The tokens that a word is made of before any merge: one per byte in a byte-level vocabulary,
/// else one per character, or one per byte of a character that has no token of its own.
/// Thread: any, once built.
/// Checked: test/unit/text/bpe_test.cpp
struct bpe_alphabet {
  static constexpr token_id no_token = 0xFFFFFFFFU;
  using byte_table = std::array<token_id, 256>;

  byte_table bytes = none(); ///< no_token where there is none.
  bool is_byte_level = true; ///< Bytes without a token are left out.

  // What follows is for characters.
  byte_table ascii = none();
  std::unordered_map<char32_t, token_id> points; ///< Above ASCII.
  std::optional<token_id> unknown; ///< For what has no token; without it that is left out.
  bool fuse_unknown = false;       ///< One for a run of unknown characters.

  static constexpr byte_table none() {
    byte_table out{};
    out.fill(no_token);
    return out;
  }

  /// Appends the tokens. Requires: valid UTF-8 unless byte-level.
  void append(std::string_view word, token_list& out) const;

private:
  void append_characters(std::string_view word, token_list& out) const;
  [[nodiscard]] token_id token_of(char32_t point) const;
  bool append_bytes(std::string_view character, token_list& out) const;
};

} // namespace troupe::text
