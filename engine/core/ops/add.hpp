// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// out[r,c] += x[r,c], the residual connection; a bias where x's stride is 0.
///
/// Shapes:   x, out [rows, cols] fp32 with row strides; they do not overlap.
/// Checked:  test/conformance/ops/row_ops_test.cpp
struct add_args {
  const float* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  float* out = nullptr;
  std::size_t out_stride = 0;
};
using add_fn = void (*)(const add_args&);

} // namespace troupe::engine::ops
