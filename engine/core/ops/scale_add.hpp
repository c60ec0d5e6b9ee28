// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// out[r,c] = fma(x[r,c], scale[c], out[r,c]), or of 0 in place of out where is_first.
///
/// Shapes:   x, out [rows, 16] fp32 with row strides; scale [16], at any alignment.
/// Aliasing: out is not x. Requires: rows >= 1. Cannot fail.
/// Checked:  test/conformance/ops/fp8_matmul_test.cpp
struct scale_add_args {
  const float* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  const std::byte* scale = nullptr;
  bool is_first = false;
  float* out = nullptr;
  std::size_t out_stride = 0;
};
using scale_add_fn = void (*)(const scale_add_args&);

} // namespace troupe::engine::ops
