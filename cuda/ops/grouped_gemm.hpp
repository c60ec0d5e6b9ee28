// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/element.hpp"

namespace troupe::cuda::ops {

/// out[p,n] = sum_k x[row(p),k] * w[e,n,k] + bias[e,n] for the pairs p of each expert e: products
/// of many matrices whose numbers of rows only the device knows, so that no host waits and a graph
/// can hold it. With one group it is a plain product, or a batch of them.
///
/// Shapes:    x [*, inputs] bf16; index [pairs] the row of each pair, null: itself; begin
///            [groups + 1] first pairs, null with one group of pairs_max; w [groups, outputs,
///            inputs], one group's after the other's; bias [groups, outputs] or null; out [pairs,
///            outputs].
/// Requires:  groups, outputs >= 1; inputs and x_stride multiples of 8; pairs_max at least the
///            number of pairs; x and w at multiples of 16 bytes; a batch has one group. Of codes
///            whole blocks, and no batch.
/// Tolerance: u * |out| + inputs * 2^-23 * sum |x * w|; of codes 2^-8 * sum |x * w| more, for they
///            are multiplied as bf16. Checked: test/gpu/route_test.cpp, test/gpu/coded_test.cpp
struct grouped_gemm_args {
  const void* x = nullptr;
  std::size_t x_stride = 0;
  const std::int32_t* index = nullptr;
  const std::int32_t* begin = nullptr;
  std::int32_t groups = 0;
  std::int32_t pairs_max = 0;
  matrix_in w;
  std::int32_t outputs = 0;
  std::int32_t inputs = 0;
  const float* bias = nullptr;
  rows_out out;
  product_batch batch;
};
[[nodiscard]] status grouped_gemm(const grouped_gemm_args& args, stream on);

} // namespace troupe::cuda::ops
