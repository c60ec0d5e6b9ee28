// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/element.hpp"

#include <memory>

namespace troupe::cuda {

/// out[r,n] = sum_k x[r,k] * w[n,k], x in bf16, w in bf16 or in codes, sums in fp32.
///
/// Shapes:   x [rows, inputs] with row stride; w [outputs, inputs]; out [rows, outputs].
/// Requires: rows, outputs >= 1; inputs and x_stride multiples of 8; x at a multiple of 16 bytes.
/// Batch:    as many of these as it counts, of matrices apart; none of codes.
/// Codes:    few rows are multiplied by the exact numbers, more by these rounded to bf16.
struct product_args {
  const void* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  ops::matrix_in w;
  std::int32_t outputs = 0;
  std::int32_t inputs = 0;
  ops::rows_out out;
  ops::product_batch batch;
};

/// Who multiplies matrices.
///
/// Thread:    one at a time. Stream: asynchronous; may be captured in a graph once the same shape
///            ran before.
/// Tolerance: u * |out| + inputs * 2^-23 * sum |x * w|; of codes 2^-8 * sum |x * w| more.
/// Checked:   test/gpu/product_test.cpp, test/gpu/coded_test.cpp
class product {
public:
  product() = default;
  product(const product&) = delete;
  product& operator=(const product&) = delete;
  virtual ~product() = default;

  [[nodiscard]] virtual status run(const product_args& args, stream on) = 0;

  /// Of rows that stand one after the other.
  [[nodiscard]] status run_rows(const void* x, std::int32_t inputs, std::int32_t rows,
                                ops::matrix_in w, std::int32_t outputs, ops::rows_out out,
                                stream on) {
    return run({.x = x,
                .x_stride = static_cast<std::size_t>(inputs),
                .rows = rows,
                .w = w,
                .outputs = outputs,
                .inputs = inputs,
                .out = out,
                .batch = {}},
               on);
  }
};

/// Of our own kernels: vectors up to ops::gemv_rows_max rows, tiles above.
[[nodiscard]] std::unique_ptr<product> make_own_product();

/// Of cuBLASLt, but for single rows, and up to 64 of codes, which are ours; more of those are
/// widened first, as many outputs at a time as 64 MiB hold. Keeps what the library advises for each
/// shape, and workspace of 32 MiB. Null where the library cannot start; only in builds with nvcc.
[[nodiscard]] std::unique_ptr<product> make_cublas_product();

} // namespace troupe::cuda
