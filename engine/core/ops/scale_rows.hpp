// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// x[r,c] *= scale[r], in place: the temperature of a query by its position.
///
/// Shapes:   x [rows, cols] fp32 with row stride; scale [rows].
/// Requires: rows >= 1, cols >= 1 (checked). Cannot fail.
/// Checked:  test/conformance/ops/row_ops_test.cpp
struct scale_rows_args {
  float* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  const float* scale = nullptr;
};
using scale_rows_fn = void (*)(const scale_rows_args&);

} // namespace troupe::engine::ops
