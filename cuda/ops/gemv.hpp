// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/element.hpp"
#include "engine/core/ops/dtype.hpp"

namespace troupe::cuda::ops {

/// Rows that a product by vectors takes at once; more are a matter of matrices.
inline constexpr std::int32_t gemv_rows_max = 8;

/// out[r,n] = sum_k x[r,k] * w[n,k] + bias[n], w [outputs, inputs] as in a checkpoint of f32, bf16
/// or f16; bias [outputs] or null, the same for a whole batch.
///
/// Requires:  1 <= rows <= gemv_rows_max; inputs and strides multiples of 8; w and x at multiples
///            of 16 bytes.
/// Tolerance: u * |out| + inputs * 2^-24 * sum |x * w|. Checked: test/gpu/gemv_test.cpp
struct gemv_args {
  rows_in x;
  std::int32_t rows = 0;
  const void* w = nullptr;
  engine::ops::dtype type = engine::ops::dtype::bf16;
  std::int32_t outputs = 0;
  std::int32_t inputs = 0;
  const float* bias = nullptr;
  rows_out out;
  product_batch batch;
};
[[nodiscard]] status gemv(const gemv_args& args, stream on);

} // namespace troupe::cuda::ops
