// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/tokens.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace troupe::text {

/// The tokens of words that were encoded before: chat text repeats. A word has two places, which it
/// shares with others: the newest stands in the first, the one before it in the second. Words over
/// 26 bytes or 8 tokens are not kept.
/// Role: one per thread, shared by the tokenizers, which go by their serial number.
/// Thread: its own.
/// Cost: 1 MiB, made at the first use; about 5 ns per look-up.
/// Checked: test/unit/text/word_memo_test.cpp
class word_memo {
public:
  static word_memo& of_thread();

  word_memo() : places_(places_count) {}

  /// Appends the tokens of `word` if they are known.
  bool append_known(std::uint32_t serial, std::string_view word, token_list& out) const;

  void remember(std::uint32_t serial, std::string_view word, std::span<const token_id> tokens);

  void clear();

private:
  static constexpr std::size_t places_count = 16'384;
  static constexpr std::size_t word_bytes_max = 26;
  static constexpr std::size_t tokens_max = 8;

  /// One cache line.
  struct alignas(64) place {
    std::array<token_id, tokens_max> tokens{};
    std::uint32_t serial = 0; ///< 0: nothing here.
    std::uint8_t tokens_count = 0;
    std::uint8_t word_bytes = 0;
    std::array<char, word_bytes_max> word{};
  };
  static_assert(sizeof(place) == 64);

  static bool holds(const place& at, std::uint32_t serial, std::string_view word) {
    return at.serial == serial && std::string_view(at.word.data(), at.word_bytes) == word;
  }

  /// The first of its two.
  [[nodiscard]] static std::size_t place_of(std::uint32_t serial, std::string_view word);

  std::vector<place> places_;
};

} // namespace troupe::text
