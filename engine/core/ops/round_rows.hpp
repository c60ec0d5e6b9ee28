// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/packed_matrix.hpp"

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// Activations as weights of bf16 are multiplied with, the same numbers twice, since some paths
/// multiply pairs and others fp32:
///   pairs  [rows, round_up_to_pair(inputs)] bf16
///   wide   [rows, round_up_to_pair(inputs)] fp32
struct rounded_rows {
  std::uint16_t* pairs = nullptr;
  float* wide = nullptr;
};

/// Every number rounded to bf16, to the nearest, halves to even; a zero after an odd last input.
///
/// Shapes:     x [rows, inputs] fp32 with row stride.
/// Arithmetic: what rounds past the largest bf16 becomes an infinity, a subnormal bf16 (below
///             2^-126 after rounding) a zero of its sign, a NaN stays one.
/// Requires:   rows >= 1, inputs >= 1 (checked). Cannot fail.
/// Checked:    test/conformance/ops/pair_matmul_test.cpp
struct round_rows_args {
  const float* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  std::int32_t inputs = 0;
  rounded_rows out;
};
using round_rows_fn = void (*)(const round_rows_args&);

} // namespace troupe::engine::ops
