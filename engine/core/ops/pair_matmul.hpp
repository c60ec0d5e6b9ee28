// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/packed_matrix.hpp"
#include "engine/core/ops/round_rows.hpp"

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// In which order a path sums the products of an output; cpu_ops says its own.
enum class pair_order : std::uint8_t { chain, tiles };

/// out[r,n] = sum_k x[r,k] * w[n,k] for weights of bf16, for the outputs of panels
/// [panel_begin, panel_end).
///
/// Arithmetic: in the order chain one chain per output over the pairs of inputs ascending, from +0,
/// as the processor's
///             VDPBF16PS goes: acc = fma(x[r,2i+1], w[n,2i+1], acc), then
///             acc = fma(x[r,2i], w[n,2i], acc). Every fma takes a subnormal number as the zero of
///             its sign, rounds to the nearest, halves to even, and gives the zero of its sign
///             for what would be below 2^-126 when rounded to 24 bits.
///             In the order tiles, as AMX's TDPBF16PS goes: of every 32 inputs, from +0, one chain
///             over the even and one over the odd, their sum rounded and added to acc, rounded; a
///             subnormal number or result counts as the zero of its sign throughout.
///             So the bits depend on the row, the weights and the order only: not on rows, panels
///             or thread, nor otherwise on the path. Which NaN comes out is not said.
/// Shapes:     x [rows, inputs]; out [rows, outputs] fp32 with row stride out_stride
///             >= 16 * panel_end, whose columns past `outputs` become zero.
/// Requires:   rows >= 1; 0 <= panel_begin < panel_end <= w.panels(); w of bf16; the thread rounds
///             to nearest (all but the last checked). Cannot fail.
/// Source:     Intel 64 SDM volume 2, VDPBF16PS and TDPBF16PS.
/// Checked:    test/conformance/ops/pair_matmul_test.cpp, amx_test.cpp
struct pair_matmul_args {
  rounded_rows x;
  std::int32_t rows = 0;
  packed_matrix w;
  std::int32_t panel_begin = 0;
  std::int32_t panel_end = 0;
  float* out = nullptr;
  std::size_t out_stride = 0;
};
using pair_matmul_fn = void (*)(const pair_matmul_args&);

/// Ends the process where an argument breaks what is required above.
void check(const pair_matmul_args& args);

} // namespace troupe::engine::ops
