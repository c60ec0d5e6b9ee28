// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// Rotary position embedding in place: of the first rotary_dim elements of a head, i is paired with
/// i + rotary_dim / 2, or 2 i with 2 i + 1 where pairs are adjacent, and rotated by the angle whose
/// cosine and sine stand at table row positions[r]; the others stay.
///
/// Arithmetic: a * cos - b * sin and b * cos + a * sin, each product and sum rounded.
/// Shapes:     x [rows, heads * head_dim] fp32 with row stride; positions [rows];
///             cos, sin [positions of the model, rotary_dim / 2].
/// Requires:   head_dim a multiple of 16; rotary_dim even and at most head_dim (checked);
///             positions inside the table (the caller's duty).
/// Source:     Su et al. 2021; halves as in Hugging Face's Llama, adjacent pairs as in its Llama 4.
/// Checked:    test/conformance/ops/row_ops_test.cpp
struct rope_args {
  float* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  std::int32_t heads = 0;
  std::int32_t head_dim = 0;
  std::int32_t rotary_dim = 0; ///< 0: head_dim.
  bool has_adjacent_pairs = false;
  const std::uint32_t* positions = nullptr;
  const float* cos = nullptr;
  const float* sin = nullptr;
};
using rope_fn = void (*)(const rope_args&);

} // namespace troupe::engine::ops
