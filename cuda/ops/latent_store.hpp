// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/rope_store.hpp"

namespace troupe::cuda::ops {

/// For attention over latent keys (engine/model/model_spec.hpp), in one launch: norms each row's
/// latent part, turns what the rope turns of its key and of each head's query, writes the key into
/// the block of its sequence, for one layer, and the turned part of the queries behind the latent
/// part of each head, which it leaves.
///
/// Shapes:    queries [rows, heads * (plain_dim + rope_dim)]; key [rows, rank + rope_dim], rank =
///            layout.shared_dim, rope_dim = layout.head_dim - rank; key_weight [rank]; the others
///            as rope_store's; q [rows, heads * layout.head_dim] bf16.
/// Requires:  one kv head; head_dim at most engine::ops::head_dim_max; rope_dim, which is what
///            turn.rotary_dim says, even; what rope_store requires of the slots.
/// Tolerance: u * |result| for the queries; with 4e-6 * |result| for the keys.
/// Checked:   test/gpu/latent_test.cpp
struct latent_store_args {
  rows_in queries;
  rows_in key;
  std::int32_t rows = 0;
  std::int32_t heads = 0;
  std::int32_t plain_dim = 0;
  const float* key_weight = nullptr;
  float eps = 0;
  rope_turn turn;
  const std::uint32_t* positions = nullptr;
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
[[nodiscard]] status latent_store(const latent_store_args& args, stream on);

} // namespace troupe::cuda::ops
