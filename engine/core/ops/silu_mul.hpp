// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// out[r,c] = (g / (1 + exp(-g))) * u with g = gate_up[r,c], u = gate_up[r, cols + c].
///
/// Arithmetic: exp is ours (engine/core/cpu/exp.hpp), the same bits on every path.
/// Shapes:     gate_up [rows, 2 * cols], out [rows, cols], fp32 with row strides.
/// Aliasing:   out may be gate_up with the same stride.
/// Checked:    test/conformance/ops/row_ops_test.cpp
struct silu_mul_args {
  const float* gate_up = nullptr;
  std::size_t gate_up_stride = 0;
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  float* out = nullptr;
  std::size_t out_stride = 0;
};
using silu_mul_fn = void (*)(const silu_mul_args&);

} // namespace troupe::engine::ops
