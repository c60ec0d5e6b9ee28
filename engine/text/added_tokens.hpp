// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/tokens.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::text {

/// A token that is matched as a whole, before the words are cut: tokenizer.json's `added_tokens`.
struct added_token {
  token_id id = 0;
  std::string content;
  bool special = false;     ///< Structure, not text: skipped when decoding.
  bool normalized = false;  ///< Matched after normalisation instead of before.
  bool lstrip = false;      ///< Swallows the blanks before it.
  bool rstrip = false;      ///< Swallows the blanks after it.
  bool single_word = false; ///< Only between characters that belong to no word.
};

/// A stretch of text, or the added token that stands there.
struct text_part {
  std::string_view text;
  const added_token* token = nullptr;
};

/// Finds added tokens: leftmost, of these the longest.
/// Cost: one table look-up per byte that begins no added token, else a binary search for each byte
/// of the longest one that begins there.
/// Checked: test/unit/text/added_tokens_test.cpp
class added_token_matcher {
public:
  added_token_matcher() = default;
  explicit added_token_matcher(std::vector<added_token> tokens);

  /// Appends the parts of `text`, none of them empty. `special`: whether special tokens are looked
  /// for, or are text like any other.
  void split(std::string_view text, bool special, std::vector<text_part>& out) const;

private:
  [[nodiscard]] const added_token* at(std::string_view rest, bool special) const;

  std::vector<added_token> tokens_; ///< By content.
  std::array<std::pair<std::uint32_t, std::uint32_t>, 256> by_first_byte_{};
};

} // namespace troupe::text
