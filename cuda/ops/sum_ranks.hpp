// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/element.hpp"

namespace troupe::cuda::ops {

/// Arrays that are added up at most.
inline constexpr std::int32_t summed_max = 16;

/// each[r][i] = sum over all ranks q of each[q][i], added in their order, for arrays that one
/// device reaches. Requires: 1 <= ranks <= summed_max; count >= 1. Tolerance: none, the same bits
/// everywhere. Checked: test/gpu/sum_ranks_test.cpp
struct sum_ranks_args {
  float* each[summed_max] = {};
  std::int32_t ranks = 0;
  std::size_t count = 0;
};
[[nodiscard]] status sum_ranks(const sum_ranks_args& args, stream on);

} // namespace troupe::cuda::ops
