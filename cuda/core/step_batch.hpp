// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace troupe::engine {
struct step_row;
}

/// A step as flat arrays, as kernels want it. Host logic.
/// Checked: test/unit/cuda/step_batch_test.cpp
namespace troupe::cuda {

struct step_batch {
  std::vector<std::uint32_t> ids;       ///< [rows]
  std::vector<std::uint32_t> positions; ///< [rows]
  std::vector<std::int32_t> sequence;   ///< [rows], numbered within the step.
  std::vector<std::int32_t> row_begin;  ///< [sequences + 1]
  std::vector<std::uint32_t> tables;    ///< [sequences, table_stride]: of each page in turn.
  std::vector<std::int32_t> wanted;     ///< Rows whose logits are asked for.
  std::int32_t table_stride = 0;
  std::int32_t rows_max = 0;    ///< Of one sequence.
  std::int32_t visible_max = 0; ///< Keys that any row sees, at most.

  [[nodiscard]] std::int32_t rows() const { return static_cast<std::int32_t>(ids.size()); }
  [[nodiscard]] std::int32_t sequences() const {
    return static_cast<std::int32_t>(row_begin.size()) - 1;
  }
  /// Whether each sequence has one row, and wants a token of it: what a graph is made for.
  [[nodiscard]] bool is_decode() const {
    return rows() == sequences() && wanted.size() == ids.size();
  }
};

/// Tables have room for `blocks_max` blocks of each of `pages` pages; entries of blocks that a
/// window has passed, and past a sequence's blocks, are its first block that is there.
/// Requires: what step_row promises; blocks_max covers every row's positions (checked).
[[nodiscard]] step_batch flatten(std::span<const engine::step_row> rows, std::int32_t block_size,
                                 std::int32_t blocks_max, std::int32_t pages = 1);

/// Adds sequences of one row, token 0 at position 0 in `idle_slot`, until there are `count`: what a
/// graph for more sequences computes for nobody. Their logits are made too, after the others',
/// because the number of wanted rows is part of a graph; nobody reads them.
/// Requires: a step that is_decode; count >= sequences (checked).
void pad(step_batch& batch, std::int32_t count, std::uint32_t idle_slot);

} // namespace troupe::cuda
