// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/kv_layout.hpp"

#include <cstddef>
#include <cstdint>

/// How an attention over paged keys is cut into blocks of threads: host logic, which knows no CUDA.
/// Checked: test/unit/cuda/attention_plan_test.cpp
namespace troupe::cuda {

/// Keys of one split, by position: split i of a query holds the keys [256 i, 256 (i + 1)). Fixed,
/// so that a query's result does not depend on who shares its batch.
inline constexpr std::int32_t split_keys = 256;

enum class attention_kernel : std::uint8_t {
  general, ///< Any head up to 576, values inside keys too; one query and head in a block.
  tiles,   ///< 64 packed queries of one sequence and kv head, over all their keys.
  splits,  ///< 16 packed queries, of latent keys 64, over one split each; then they are combined.
};

/// What is known of a batch on the host.
struct attention_shape {
  std::int32_t rows = 0; ///< Of all sequences.
  std::int32_t sequences = 0;
  std::int32_t rows_max = 0;    ///< Of one sequence.
  std::int32_t visible_max = 0; ///< Keys that any query could see without a window.
  std::int32_t heads = 0;
  std::int32_t window = 0; ///< 0: none.
  std::int32_t chunk = 0;  ///< 0: none.
  engine::ops::kv_layout layout;
};

struct attention_plan {
  attention_kernel kernel = attention_kernel::general;
  std::int32_t row_tiles = 0; ///< Blocks for the rows of one sequence; of general, for all rows.
  std::int32_t splits = 1;    ///< Blocks for the keys of one query, at most.
  std::size_t scratch_floats = 0;
};

/// Keys of 576 whose first 512 numbers are the values: those of DeepSeek's models.
[[nodiscard]] bool has_latent_tiles(const engine::ops::kv_layout& layout);

/// Whether tiles and splits are made for these heads; others are for the general kernel.
[[nodiscard]] bool has_tiles(const engine::ops::kv_layout& layout);

/// Requires: rows, sequences, rows_max, visible_max >= 1; kv_heads divides heads (checked).
[[nodiscard]] attention_plan plan_attention(const attention_shape& shape);

} // namespace troupe::cuda
