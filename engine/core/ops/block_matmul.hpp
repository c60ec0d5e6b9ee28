// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/packed_matrix.hpp"
#include "engine/core/ops/quantize_rows.hpp"

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// out[r,n] = sum_k x[r,k] * w[n,k] for weights in blocks, for the outputs of panels
/// [panel_begin, panel_end).
///
/// Arithmetic: one chain per output over the blocks ascending, from +0:
///             acc = fma(dot, w_scale * x_scale, acc), where dot is the exact sum of the 32
///             products of integers and the product of the scales is rounded to fp32; integers of
///             mxfp4 are fp4_doubled. Of k blocks and of int4, whose factors are scale and scale *
///             zero, two links for every 32 inputs, with factors of k_block.hpp:
///             q4_k, int4
///                   acc = fma(dot of q, factor[0] * x_scale, acc)
///                   acc = fma(-sum of x, factor[1] * x_scale, acc)
///             q6_k  acc = fma(dot of half h, factor[h] * x_scale, acc), h = 0, 1
///             So the bits depend on the row and the weights only: not on rows, panels, thread or
///             path.
/// Shapes:     x [rows, inputs]; out [rows, outputs] fp32 with row stride out_stride
///             >= 16 * panel_end, whose columns past `outputs` become zero.
/// Requires:   rows >= 1; 0 <= panel_begin < panel_end <= w.panels(); w of blocks (checked).
///             Cannot fail.
/// Checked:    test/conformance/ops/block_matmul_test.cpp
struct block_matmul_args {
  quantized_rows x;
  std::int32_t rows = 0;
  packed_matrix w;
  std::int32_t panel_begin = 0;
  std::int32_t panel_end = 0;
  float* out = nullptr;
  std::size_t out_stride = 0;
};
using block_matmul_fn = void (*)(const block_matmul_args&);

/// Ends the process where an argument breaks what is required above.
void check(const block_matmul_args& args);

} // namespace troupe::engine::ops
