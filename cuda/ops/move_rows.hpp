// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/element.hpp"

namespace troupe::cuda::ops {

/// out[i] = x[index[i]] * share[i]: the rows that experts take, in the order of the experts.
///
/// Shapes:    x [*, cols]; index [rows] int32; share [rows] fp32 or null (all 1); out [rows, cols].
/// Aliasing:  out may not overlap x. Requires: every index is a row of x (the caller's duty).
/// Tolerance: none in fp32; u * |out| in bf16. Checked: test/gpu/row_ops_test.cpp
struct gather_rows_args {
  rows_in x;
  const std::int32_t* index = nullptr;
  const float* share = nullptr;
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  rows_out out;
};
[[nodiscard]] status gather_rows(const gather_rows_args& args, stream on);

/// out[r] = sum over i of share[r,i] * x[place[r,i]], i ascending, from 0: what the experts of a
/// row made of it, by the order in which route ranked them. The CPU adds by the number of the
/// expert.
///
/// Shapes:    x [*, cols]; place [rows, chosen] int32, negative where there is none; share
///            [rows, chosen] fp32 or null (all 1); out [rows, cols].
/// Tolerance: u * |out| + chosen * 2^-23 * sum |share * x|. Checked: test/gpu/row_ops_test.cpp
struct mix_rows_args {
  rows_in x;
  const std::int32_t* place = nullptr;
  const float* share = nullptr;
  std::int32_t rows = 0;
  std::int32_t chosen = 0;
  std::int32_t cols = 0;
  rows_out out;
};
[[nodiscard]] status mix_rows(const mix_rows_args& args, stream on);

} // namespace troupe::cuda::ops
