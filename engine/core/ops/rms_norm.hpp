// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// out[r,c] = (x[r,c] * (1 / sqrt(mean_c(x[r,c]^2) + eps))) * weight[c].
///
/// Arithmetic: the squares are summed by fma in 16 lanes (column c in lane c % 16, ascending), the
///             lanes by halving: i + (i + 8), then 4, 2, 1. Rows do not see each other.
/// Shapes:     x, out [rows, cols] fp32 with row strides; weight [cols] fp32.
/// Aliasing:   out may be x.
/// Requires:   rows >= 1, cols >= 1 (checked). Cannot fail.
/// Source:     Zhang and Sennrich 2019; rounding as in Llama with fp32 activations.
/// Checked:    test/conformance/ops/row_ops_test.cpp
struct rms_norm_args {
  const float* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  const float* weight = nullptr;
  float eps = 0;
  float* out = nullptr;
  std::size_t out_stride = 0;
};
using rms_norm_fn = void (*)(const rms_norm_args&);

} // namespace troupe::engine::ops
