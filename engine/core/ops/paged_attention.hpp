// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/kv_layout.hpp"

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// The first of `visible` keys that a query with this window or chunk sees; visible >= 1.
inline constexpr std::size_t first_key(std::size_t visible, std::int32_t window,
                                       std::int32_t chunk) {
  const auto width = static_cast<std::size_t>(window);
  const auto length = static_cast<std::size_t>(chunk);
  const auto in_window = width == 0 || visible <= width ? 0 : visible - width;
  const auto in_chunk = length == 0 ? 0 : (visible - 1) / length * length;
  return in_window > in_chunk ? in_window : in_chunk;
}

/// Keys that one round of the online softmax takes; part of the arithmetic, never tuned per host.
inline constexpr std::int32_t attention_split = 256;

/// Largest head this op takes, and the largest value that is a part of its key.
inline constexpr std::int32_t head_dim_max = 576;
inline constexpr std::int32_t shared_dim_max = 512;

/// Largest number of query heads that share a kv head.
inline constexpr std::int32_t head_group_max = 128;

/// Causal attention of consecutive positions of one sequence over its paged keys and values, for
/// query heads that share one kv head, all of them or some: softmax(scale * q k^T) v, each query
/// over the positions up to its own: all of them, the last `window`, or those of its own run of
/// `chunk` positions.
///
/// Arithmetic: q is scaled first. A score is one fma chain over head_dim from +0. Keys go in rounds
///             of 256 by position: new maximum m', weights exp(score - m'), their sum in 16 lanes
///             (key j in lane j % 16) reduced by halving; sum and output are scaled by exp(m - m'),
///             then the output takes one fma chain over the keys. A sink adds exp(sink - m) to
///             the sum. The end multiplies by 1 / sum.
///             A key before the window or chunk takes no part. So bits depend on the query, its
///             position and its keys only, not on rows, block size or path.
/// Shapes:     q [rows, heads * head_dim], out [rows, heads * layout.value_dim()] fp32 with row
///             strides; row r stands at position first_position + r; slots and pool as in kv_store.
/// Aliasing:   out may not overlap q.
/// Requires:   block_size 16, 32, 64, 128 or 256; head_dim a multiple of 16 up to head_dim_max;
///             layout.shared_dim a multiple of 16 up to shared_dim_max and head_dim, or 0;
///             heads / kv_heads <= head_group_max; window, chunk >= 0; head_begin and head_end in
///             order (checked). Never reads beyond the block that holds the last visible key, nor
///             the slot of a block before the first one that is visible to the first row. Cannot
///             fail.
/// Source:     Milakov and Gimelshein 2018 (online softmax); Dao et al. 2022.
/// Checked:    test/conformance/ops/paged_attention_test.cpp
struct paged_attention_args {
  const float* q = nullptr;
  std::size_t q_stride = 0;
  std::int32_t rows = 0;
  std::int32_t first_position = 0;
  std::int32_t heads = 0;
  std::int32_t kv_head = 0;
  std::int32_t head_begin = 0; ///< Of the query heads that share it, those to compute;
  std::int32_t head_end = 0;   ///< 0: to the last.
  float scale = 1;
  float softcap = 0;            ///< Scores become softcap * tanh(score / softcap); 0: they stay.
  std::int32_t window = 0;      ///< Keys that a query sees, its own included; 0: all.
  std::int32_t chunk = 0;       ///< Positions of a run whose queries see no other; 0: one run.
  const float* sinks = nullptr; ///< [heads], logits of a key without a value; null: none.
  const std::uint32_t* slots = nullptr;
  kv_layout layout;
  std::int32_t layer = 0;
  const float* pool = nullptr;
  float* out = nullptr;
  std::size_t out_stride = 0;
};
using paged_attention_fn = void (*)(const paged_attention_args&);

} // namespace troupe::engine::ops
