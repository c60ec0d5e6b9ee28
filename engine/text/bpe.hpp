// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/bpe_alphabet.hpp"
#include "messages/vocab/tokens.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace troupe::text {

/// What becomes of two neighbouring tokens: of all pairs of a word the one with the lowest rank is
/// merged first.
struct merge_rule {
  token_id left = 0;
  token_id right = 0;
  token_id merged = 0;
};

/// Byte-pair encoding of one word by ranked merges.
/// Thread: any; scratch memory is the thread's.
/// Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units".
/// Checked: test/unit/text/bpe_test.cpp (against the definition, on random words)
class bpe {
public:
  bpe() = default;
  /// `rules` by rank; of equal pairs the last one counts.
  bpe(bpe_alphabet alphabet, std::span<const merge_rule> rules);

  /// Appends the tokens of `word`. Cost: O(n^2) with a tiny constant up to 64 bytes, O(n log n)
  /// above.
  void encode(std::string_view word, token_list& out) const;

private:
  struct slot {
    std::uint64_t pair = empty_pair;
    std::uint32_t rank = 0;
    token_id merged = 0;
  };
  static constexpr std::uint64_t empty_pair = 0xFFFFFFFFFFFFFFFFULL;

  [[nodiscard]] const slot* find(token_id left, token_id right) const;
  void insert(std::uint64_t pair, std::uint32_t rank, token_id merged);
  void encode_short(token_list& symbols) const;
  void encode_long(token_list& symbols) const;

  bpe_alphabet alphabet_;
  std::vector<slot> slots_; ///< Open addressing, a power of two, at most half full.
};

} // namespace troupe::text
