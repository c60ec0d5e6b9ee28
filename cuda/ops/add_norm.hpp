// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/element.hpp"

namespace troupe::cuda::ops {

enum class norm_kind : std::uint8_t { rms, layer };

/// In one pass over each row: x += norm(y + y_bias) where there is a y, by the norm y_weight where
/// there is one; then out = norm(x). It is engine/core/ops add, rms_norm and layer_norm in a row.
///
/// Shapes:    x [rows, cols] fp32 with row stride, the residual; y, out [rows, cols]; weights and
///            biases [cols] fp32. A layer norm without a bias has a null one.
/// Aliasing:  out may be y, if strides and types agree.
/// Requires:  rows >= 1; 1 <= cols <= cols_max.
/// Tolerance: |d| <= (u + 8e-6) * |out| + 8e-6 * max |x| / rms(x) * |weight|: sums run in another
///            order than the CPU's. x, where y has no norm of its own: the same bits;
///            else within 4e-6 * (|x| + max |x|).
/// Checked:   test/gpu/row_ops_test.cpp
struct add_norm_args {
  float* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  norm_kind kind = norm_kind::rms;
  float eps = 0;

  rows_in y; ///< data null: nothing is added.
  const float* y_bias = nullptr;
  const float* y_weight = nullptr;
  const float* y_weight_bias = nullptr;

  const float* weight = nullptr;
  const float* bias = nullptr;
  rows_out out; ///< data null: x alone is wanted.
};
[[nodiscard]] status add_norm(const add_norm_args& args, stream on);

} // namespace troupe::cuda::ops
