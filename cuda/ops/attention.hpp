// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/core/attention_plan.hpp"
#include "cuda/ops/element.hpp"
#include "cuda/ops/rope_store.hpp"

namespace troupe::cuda::ops {

/// Causal attention of rows of many sequences over their paged keys and values, for all heads:
/// engine/core/ops/paged_attention.hpp with its windows, chunks, soft cap and sinks. Rows of one
/// sequence stand together, at ascending positions without a gap.
///
/// Shapes:    q [rows, heads * head_dim], out [rows, heads * layout.value_dim()], bf16 with row
///            strides that are multiples of 8; row_begin [sequences + 1]; sequence, positions
///            [rows]; tables [sequences, table_stride] slots; sinks [heads] or null; pool as
///            cuda/ops/rope_store.hpp says.
/// Scratch:   plan.scratch_floats, of this call alone until it is done.
/// Requires:  the plan of plan_attention for this batch or one with a larger rows_max, visible_max
///            (a graph's); block_size a power of two from 16 to 256; head_dim a multiple of 16 up
///            to 576; heads / kv_heads <= 128.
/// Tolerance: |d| <= u * |out| + 2^-9 * sum of weight * |v| in tiles and splits, whose weights are
///            rounded to bf16; u * |out| + 1e-5 * max |v| in general.
/// Checked:   test/gpu/attention_test.cpp
/// Source:    Dao 2023 (FlashAttention-2); Dao et al. 2023 (Flash-Decoding).
struct attention_args {
  const void* q = nullptr;
  std::size_t q_stride = 0;
  std::int32_t rows = 0;
  std::int32_t sequences = 0;
  std::int32_t heads = 0;
  const std::int32_t* row_begin = nullptr;
  const std::int32_t* sequence = nullptr;
  const std::uint32_t* positions = nullptr;
  const std::uint32_t* tables = nullptr;
  std::int32_t table_stride = 0;
  float scale = 1;
  float softcap = 0;
  std::int32_t window = 0;
  std::int32_t chunk = 0;
  const float* sinks = nullptr;
  engine::ops::kv_layout layout;
  std::int32_t layer = 0;
  kv_element kept = kv_element::bf16; ///< Of the pool.
  const void* pool = nullptr;
  void* out = nullptr;
  std::size_t out_stride = 0;
  float* scratch = nullptr;
};
[[nodiscard]] status attention(const attention_args& args, const attention_plan& plan, stream on);

} // namespace troupe::cuda::ops
