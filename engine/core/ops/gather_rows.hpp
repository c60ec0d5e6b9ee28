// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// out[i,c] = x[index[i],c], times share[i] where there are shares: the rows that one expert takes.
///
/// Shapes:   x [*, cols], out [rows, cols] fp32 with row strides; index, share [rows].
/// Aliasing: out may not overlap x.
/// Requires: every index is a row of x (the caller's duty). Cannot fail.
/// Checked:  test/conformance/ops/route_test.cpp
struct gather_rows_args {
  const float* x = nullptr;
  std::size_t x_stride = 0;
  const std::int32_t* index = nullptr;
  const float* share = nullptr; ///< Null: all 1.
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  float* out = nullptr;
  std::size_t out_stride = 0;
};
using gather_rows_fn = void (*)(const gather_rows_args&);

} // namespace troupe::engine::ops
