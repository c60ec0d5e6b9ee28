// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/element.hpp"
#include "engine/core/ops/kv_layout.hpp"

namespace troupe::cuda::ops {

/// How a device keeps the keys and values of one block: as engine::ops::kv_layout says, but in
/// bf16 or fp8, and keys as values lie: per layer [K|V][kv_heads][block_size][head_dim]. Where a
/// value is the beginning of its key, only keys are stored.
using engine::ops::kv_layout;

/// What they are: fp8 is e4m3 as it is, without a scale; beyond 448 nothing is told apart.
enum class kv_element : std::uint8_t { bf16 = 0, fp8 = 1 };

[[nodiscard]] constexpr std::size_t bytes_of(kv_element type) {
  return type == kv_element::bf16 ? 2 : 1;
}

/// How a rope turns heads, as engine/core/ops/rope.hpp; rotary_dim 0: it does not.
struct rope_turn {
  std::int32_t rotary_dim = 0;
  bool has_adjacent_pairs = false;
  const float* cos = nullptr; ///< [positions, rotary_dim / 2], as
  const float* sin = nullptr; ///< this.
};

/// In one launch what the CPU does in five ops: norms each head of q and k, turns them by the rope,
/// norms them without weight where that comes after, multiplies q by its row's temperature, writes
/// q out and k and v into the blocks of their sequences, for one layer.
///
/// Shapes:    qkv [rows, (heads + 2 * kv_heads) * head_dim]; bias of as many columns, or null;
///            q_weight, k_weight [head_dim] or null; positions, sequence [rows]; temperature [rows]
///            or null; tables [*, table_stride]: slots of each sequence's blocks; q [rows,
///            heads * head_dim] bf16.
/// Aliasing:  q may not overlap qkv. Requires: head_dim a multiple of 16 up to 256, rotary_dim even
///            and at most head_dim; no shared_dim in the layout; the slots of the positions belong
///            to their sequences alone (the caller's duty).
/// Tolerance: u * |result| for each head without norms; with one another 4e-6 * |result|. Of fp8
///            2^-4 * |result|, and 2^-10.
/// Checked:   test/gpu/attention_test.cpp
struct rope_store_args {
  rows_in qkv;
  const float* bias = nullptr;
  std::int32_t rows = 0;
  std::int32_t heads = 0;
  const float* q_weight = nullptr;
  const float* k_weight = nullptr;
  float eps = 0;
  bool has_l2_norm = false; ///< After the rope.
  rope_turn turn;
  const std::uint32_t* positions = nullptr;
  const float* temperature = nullptr;
  const std::int32_t* sequence = nullptr;
  const std::uint32_t* tables = nullptr;
  std::int32_t table_stride = 0;
  kv_layout layout;
  std::int32_t layer = 0;
  kv_element kept = kv_element::bf16; ///< Of the pool.
  void* pool = nullptr;
  void* q = nullptr; ///< bf16
  std::size_t q_stride = 0;
};
[[nodiscard]] status rope_store(const rope_store_args& args, stream on);

} // namespace troupe::cuda::ops
