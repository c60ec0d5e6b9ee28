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

/// A piece of a Unigram vocabulary; its id is its place.
struct scored_piece {
  std::string text;
  double score = 0;
};

/// Cuts a word into the pieces whose scores have the largest sum. A character that no piece covers
/// is unknown and costs 10 more than the worst piece; neighbouring unknown ones are one, written as
/// byte tokens where there are all 256.
/// Thread: any; scratch memory is the thread's.
/// Source: Kudo 2018, "Subword Regularization"; the penalty is SentencePiece's.
/// Checked: test/unit/text/unigram_test.cpp, tokenizer_parity_test.cpp
class unigram {
public:
  using byte_table = std::array<token_id, 256>;

  /// `unknown` is below pieces.size(). Of equal pieces the last one counts.
  unigram(const std::vector<scored_piece>& pieces, token_id unknown,
          std::optional<byte_table> byte_tokens);

  /// Appends the tokens of `word`. Requires: valid UTF-8.
  /// Cost: O(bytes * longest piece), about 100 ns per character.
  void encode(std::string_view word, token_list& out) const;

private:
  struct edge {
    std::uint32_t key = no_key; ///< Node and byte.
    std::uint32_t child = 0;
  };
  struct best_path {
    double score = 0;
    std::uint32_t begin = none;
    token_id token = 0;
  };
  static constexpr std::uint32_t no_key = 0xFFFFFFFFU;
  static constexpr std::uint32_t none = 0xFFFFFFFFU;

  [[nodiscard]] std::uint32_t child_of(std::uint32_t node, char byte) const;
  std::uint32_t make_child(std::uint32_t node, char byte);
  void insert(const scored_piece& piece, token_id id);
  void find_paths(std::string_view word, std::vector<best_path>& paths) const;
  [[nodiscard]] std::optional<token_id> find(std::string_view text) const;
  void append_unknown(std::string_view text, token_list& out) const;

  std::vector<edge> edges_;        ///< Open addressing, a power of two, at most half full.
  std::vector<token_id> token_of_; ///< By node; none where no piece ends.
  std::vector<double> scores_;     ///< By token.
  double unknown_score_ = 0;
  token_id unknown_;
  std::optional<byte_table> byte_tokens_;
};

} // namespace troupe::text
