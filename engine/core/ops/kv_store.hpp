// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/kv_layout.hpp"

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// Writes keys and values of consecutive positions of one sequence into its blocks, for one layer.
///
/// Shapes:   k, v [rows, kv_heads * head_dim] fp32 with row stride, v null where keys hold values;
/// row r stands at position
///           first_position + r; slots[p / block_size] is the slot of position p; pool
///           [slots of the pool][layout.block_elements()].
/// Requires: the slots of the written positions belong to this sequence alone.
/// Checked:  test/conformance/ops/paged_attention_test.cpp
struct kv_store_args {
  const float* k = nullptr;
  const float* v = nullptr;
  std::size_t stride = 0;
  std::int32_t rows = 0;
  std::int32_t first_position = 0;
  const std::uint32_t* slots = nullptr;
  kv_layout layout;
  std::int32_t layer = 0;
  float* pool = nullptr;
};
using kv_store_fn = void (*)(const kv_store_args&);

} // namespace troupe::engine::ops
