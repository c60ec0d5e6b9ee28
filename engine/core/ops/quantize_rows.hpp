// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// Activations as weights of blocks are multiplied with: integers, and a scale per 32 inputs.
///   values [rows, inputs]; scales, sums [rows, inputs / 32]; sums are of a block's integers
struct quantized_rows {
  std::int8_t* values = nullptr;
  float* scales = nullptr;
  std::int32_t* sums = nullptr;
};

/// Of every 32 inputs: scale = max |x| / 127, value = x * (127 / max |x|) rounded to the nearest,
/// halves to even; all zero where max |x| is below 2^-100.
///
/// Shapes:     x [rows, inputs] fp32 with row stride.
/// Arithmetic: each quotient and product rounded. A block with an infinity or a NaN gets a NaN for
///             scale and zeros for values, so that it is not lost.
/// Requires:   rows >= 1, inputs a multiple of 32 (checked). Cannot fail.
/// Checked:    test/conformance/ops/block_matmul_test.cpp
struct quantize_rows_args {
  const float* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  std::int32_t inputs = 0;
  quantized_rows out;
};
using quantize_rows_fn = void (*)(const quantize_rows_args&);

} // namespace troupe::engine::ops
