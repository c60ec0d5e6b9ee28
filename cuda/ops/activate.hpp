// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/element.hpp"

namespace troupe::cuda::ops {

enum class activation : std::uint8_t { silu_mul, gelu_mul, swiglu_oai, gelu };

/// out[r,c] = act(gate, up), gate = x[r,c], up = x[r, cols + c]; of gelu act(x[r,c]) alone. A bias
/// is added to x before.
///
/// Shapes:    x [rows, 2 * cols], of gelu [rows, cols]; bias of as many; out [rows, cols].
/// Aliasing:  out may be x where strides and types agree and the op is gelu; else they are apart.
/// Requires:  rows, cols >= 1.
/// Tolerance: none, the same bits in fp32; u * |out| in bf16.
/// Checked:   test/gpu/row_ops_test.cpp
struct activate_args {
  activation act = activation::silu_mul;
  rows_in x;
  const float* bias = nullptr;
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  rows_out out;
};
[[nodiscard]] status activate(const activate_args& args, stream on);

/// x[r,c] = cap * tanh(x[r,c] / cap), in place, fp32. Requires: cap > 0. Tolerance: none.
/// Checked: test/gpu/row_ops_test.cpp
struct softcap_args {
  float* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  float cap = 0;
};
[[nodiscard]] status softcap(const softcap_args& args, stream on);

} // namespace troupe::cuda::ops
