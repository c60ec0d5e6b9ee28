// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// out[index[i],c] += share[i] * x[i,c], product and sum rounded: what one expert adds to its rows.
///
/// Shapes:   x [rows, cols], out [*, cols] fp32 with row strides; index, share [rows]; the indices
///           ascend, so that no row is met twice.
/// Aliasing: out may not overlap x.
/// Requires: every index is a row of out (the caller's duty). Cannot fail.
/// Checked:  test/conformance/ops/route_test.cpp
struct scatter_add_args {
  const float* x = nullptr;
  std::size_t x_stride = 0;
  const std::int32_t* index = nullptr;
  const float* share = nullptr; ///< Null: all 1.
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  float* out = nullptr;
  std::size_t out_stride = 0;
};
using scatter_add_fn = void (*)(const scatter_add_args&);

} // namespace troupe::engine::ops
