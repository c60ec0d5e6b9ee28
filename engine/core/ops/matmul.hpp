// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/packed_matrix.hpp"

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// out[r,n] = sum_k x[r,k] * w[n,k] for weights of f32 or f16, for the outputs of panels
/// [panel_begin, panel_end).
///
/// Arithmetic: one chain per output, acc = fma(x[r,k], w[n,k], acc) for k ascending from +0, so the
///             bits depend on the row and the weights only: not on rows, panels, thread or path.
/// Shapes:     x [rows, inputs] fp32 with row stride x_stride; out [rows, outputs] fp32 with row
///             stride out_stride >= 16 * panel_end, whose columns past `outputs` become zero.
/// Aliasing:   out overlaps neither x nor w.
/// Requires:   rows >= 1; 0 <= panel_begin < panel_end <= w.panels(); w of f32 or f16 (checked).
///             Cannot fail.
/// Checked:    test/conformance/ops/matmul_test.cpp
struct matmul_args {
  const float* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  packed_matrix w;
  std::int32_t panel_begin = 0;
  std::int32_t panel_end = 0;
  float* out = nullptr;
  std::size_t out_stride = 0;
};
using matmul_fn = void (*)(const matmul_args&);

} // namespace troupe::engine::ops
