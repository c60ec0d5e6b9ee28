// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/element.hpp"
#include "engine/core/ops/dtype.hpp"

namespace troupe::cuda::ops {

/// Rows that a product by vectors takes at once; more are a matter of matrices.
inline constexpr std::int32_t gemv_rows_max = 8;

/// Activations as engine/core/ops/quantize_rows.hpp has them: values [rows, inputs]; scales, sums
/// [rows, inputs / 32]; every array at a multiple of 16 bytes.
struct quantized_rows {
  std::int8_t* values = nullptr;
  float* scales = nullptr;
  std::int32_t* sums = nullptr;
};

/// As engine/core/ops/quantize_rows.hpp. Requires: inputs a multiple of 32. Tolerance: none.
/// Checked: test/gpu/gemv_test.cpp
struct quantize_rows_args {
  rows_in x;
  std::int32_t rows = 0;
  std::int32_t inputs = 0;
  quantized_rows out;
};
[[nodiscard]] status quantize_rows(const quantize_rows_args& args, stream on);

/// Weights in blocks as a device reads them: integers and scales apart, rows whole.
///   q8_0  integers [outputs, inputs], signed
///   q4_0  integers [outputs, inputs / 2]: each block's 16 bytes as in a checkpoint
/// scales [outputs, inputs / 32] f16. cuda/core/device_blocks.hpp makes them of a checkpoint's.
struct block_matrix {
  engine::ops::dtype type = engine::ops::dtype::q8_0;
  std::int32_t outputs = 0;
  std::int32_t inputs = 0;
  const void* integers = nullptr; ///< At a multiple of 16 bytes.
  const void* scales = nullptr;
};

/// out[r,n] = sum_k x[r,k] * w[n,k] as engine/core/ops/block_matmul.hpp, for few rows.
///
/// Requires:  1 <= rows <= gemv_rows_max; inputs a multiple of 32.
/// Tolerance: (u + 1e-6) * |out| + 4e-7 * sum of |block's part|: blocks are added in another order.
/// Checked:   test/gpu/gemv_test.cpp
struct block_gemv_args {
  quantized_rows x;
  std::int32_t rows = 0;
  block_matrix w;
  rows_out out;
};
[[nodiscard]] status block_gemv(const block_gemv_args& args, stream on);

/// The weights of a block matrix in bf16, [outputs, inputs], for products of many rows.
/// Tolerance: u * |w|. Checked: test/gpu/gemv_test.cpp
[[nodiscard]] status widen_blocks(const block_matrix& w, void* out, stream on);

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
