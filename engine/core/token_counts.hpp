// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/tokens.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace troupe::engine {

/// How often each token is in an answer, and whether it is in its prompt: what penalties need.
/// Role: one per sequence that has penalties; a function of prompt and answer, so rebuilt anywhere.
/// Thread: engine thread only.
/// Cost: O(1) a token; 20 bytes a distinct one. Allocates while the number of distinct tokens
///       doubles, never for a token seen before.
/// Checked: test/unit/engine/token_counts_test.cpp
class token_counts {
public:
  struct entry {
    token_id token = 0;
    std::uint32_t answer = 0; ///< Times in the answer.
  };

  void add_prompt(std::span<const token_id> tokens);
  void add_answer(token_id token) { ++at(token).answer; }

  /// Each distinct token once, in order of first appearance.
  [[nodiscard]] std::span<const entry> entries() const { return entries_; }

private:
  [[nodiscard]] entry& at(token_id token);
  [[nodiscard]] std::size_t home(token_id token) const;
  void grow();

  std::vector<entry> entries_;
  std::vector<std::uint32_t> places_; ///< Open addressing: 1 + index in entries_; 0: free.
};

} // namespace troupe::engine
