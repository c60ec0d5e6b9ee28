// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/element.hpp"
#include "cuda/ops/gemv.hpp"

namespace troupe::cuda::ops {

/// out[r,n] = sum_k x[r,k] * w[n,k] of weights in codes, whose numbers are exact in fp32.
///
/// Shapes:    x [rows, inputs] bf16; w [outputs, inputs] in codes; out [rows, outputs].
/// Requires:  1 <= rows <= gemv_rows_max; whole blocks; x_stride a multiple of 8.
/// Tolerance: u * |out| + inputs * 2^-24 * sum |x * w|. Checked: test/gpu/coded_test.cpp
struct coded_gemv_args {
  const void* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  matrix_in w;
  std::int32_t outputs = 0;
  std::int32_t inputs = 0;
  rows_out out;
};
[[nodiscard]] status coded_gemv(const coded_gemv_args& args, stream on);

/// The numbers of weights in codes as bf16, row by row, for products of many rows: those of
/// `outputs` outputs from first_output on, out [outputs, inputs].
///
/// Requires:  first_output a multiple of 16.
/// Tolerance: 2^-8 * |w|, the rounding alone. Checked: test/gpu/coded_test.cpp
struct widen_args {
  matrix_in w;
  std::int32_t first_output = 0;
  std::int32_t outputs = 0;
  std::int32_t inputs = 0;
  void* out = nullptr;
};
[[nodiscard]] status widen_codes(const widen_args& args, stream on);

} // namespace troupe::cuda::ops
