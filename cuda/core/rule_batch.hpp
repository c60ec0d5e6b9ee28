// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/apply_rules.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace troupe::engine {
struct step_row;
}

/// The rules of a step as flat arrays, as the kernel wants them. Host logic.
/// Checked: test/gpu/apply_rules_test.cpp
namespace troupe::cuda {

/// Lists of one copy to the device, as far as single rows allow.
struct rule_room {
  std::size_t tokens = 0;
  std::size_t edits = 0;
};

/// Where a range of rows has its lists; what the rows say counts from there.
struct rule_pass {
  std::size_t rows = 0;
  std::size_t rows_end = 0;
  std::size_t tokens = 0;
  std::size_t tokens_end = 0;
  std::size_t edits = 0;
  std::size_t edits_end = 0;
};

struct rule_batch {
  std::vector<ops::rule_row> rows;  ///< Of those that have rules.
  std::vector<std::int32_t> places; ///< Of each row that wants a token: its place in `rows`; -1.
  std::vector<std::uint32_t> tokens;
  std::vector<ops::token_edit> edits;
  std::vector<rule_pass> passes; ///< All rows in their order.
};

/// As much as any one row may need: each stop token and each token seen stands there once.
[[nodiscard]] rule_room room_for_a_row(std::uint32_t vocab);

/// Of the rows that want a token, in their order; those are the rows of logits. Stop tokens that
/// the model lacks are left out. A row whose lists are larger than the room has a pass of its own.
[[nodiscard]] rule_batch rules_of(std::span<const engine::step_row> rows, std::uint32_t vocab,
                                  const rule_room& room);

} // namespace troupe::cuda
