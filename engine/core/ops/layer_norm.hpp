// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// out[r,c] = (x[r,c] - mean_c(x)) * (1 / sqrt(variance_c(x) + eps)) * weight[c] + bias[c].
///
/// Arithmetic: the elements, then the squares of their differences from the mean, are summed in 16
///             lanes (column c in lane c % 16, ascending), the lanes by halving as in rms_norm;
///             every product and sum is rounded. Rows do not see each other.
/// Shapes:     x, out [rows, cols] fp32 with row strides; weight, bias [cols] fp32.
/// Aliasing:   out may be x.
/// Requires:   rows >= 1, cols >= 1 (checked). Cannot fail.
/// Source:     Ba, Kiros and Hinton 2016.
/// Checked:    test/conformance/ops/row_ops_test.cpp
struct layer_norm_args {
  const float* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  const float* weight = nullptr;
  const float* bias = nullptr;
  float eps = 0;
  float* out = nullptr;
  std::size_t out_stride = 0;
};
using layer_norm_fn = void (*)(const layer_norm_args&);

} // namespace troupe::engine::ops
