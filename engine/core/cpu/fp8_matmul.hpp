// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/cpu_ops.hpp"

namespace troupe::engine::cpu {

/// out[r,n] = sum_k x[r,k] * w[n,k] for weights of fp8, for the outputs of panels
/// [panel_begin, panel_end), by the path's pair_matmul of every 128 inputs.
///
/// Arithmetic: acc = fma(what pair_matmul makes of the codes, scale, acc) over the groups of inputs
///             ascending, from +0. So the bits depend on what those of pair_matmul do.
/// Shapes:     x one group of inputs after the other, each [rows, inputs of the group]: see
///             round_groups; out as pair_matmul's.
/// Requires:   as pair_matmul, w of fp8 with an even number of inputs (checked). Cannot fail.
/// Thread:     any; 32 KiB of its stack.
/// Checked:    test/conformance/ops/fp8_matmul_test.cpp
struct fp8_matmul_args {
  ops::rounded_rows x;
  std::int32_t rows = 0;
  ops::packed_matrix w;
  std::int32_t panel_begin = 0;
  std::int32_t panel_end = 0;
  float* out = nullptr;
  std::size_t out_stride = 0;
};
void fp8_matmul(const cpu_ops& by, const fp8_matmul_args& args);

/// Rows as fp8_matmul reads them: round_rows of every 128 inputs.
void round_groups(const cpu_ops& by, const ops::round_rows_args& args);

} // namespace troupe::engine::cpu
