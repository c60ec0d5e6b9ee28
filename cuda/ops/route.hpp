// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/element.hpp"
#include "engine/core/ops/route.hpp"

namespace troupe::cuda::ops {

/// The choice of experts, as engine/core/ops/route.hpp; every pointer of `args` is of the device.
///
/// Requires:  what is required there. Tolerance: none, the same ids and bits; where a logit is a
///            NaN only that ids are distinct and in range. Checked: test/gpu/route_test.cpp
[[nodiscard]] status route(const engine::ops::route_args& args, stream on);

/// Sorts the pairs (row, i) of a choice by expert, of equal ones by row, for products that take the
/// rows of one expert together. Of some experts alone, where others have the rest. Deterministic.
///
/// Shapes:    ids [rows, chosen]; begin [experts + 1], the first pair of each expert and their
///            number; index [rows * chosen], the row of each sorted pair, behind them 0; place
///            [rows, chosen], where each pair stands, -1 where its expert is none of these. All
///            int32.
/// Requires:  rows, chosen, experts >= 1; first >= 0; experts <= experts_max. Cost: experts * rows
///            * chosen reads, from the second-level cache.
/// Checked:   test/gpu/route_test.cpp
struct sort_by_expert_args {
  const std::int32_t* ids = nullptr;
  std::int32_t rows = 0;
  std::int32_t chosen = 0;
  std::int32_t first = 0;   ///< The experts are those from here on,
  std::int32_t experts = 0; ///< so many.
  std::int32_t* begin = nullptr;
  std::int32_t* index = nullptr;
  std::int32_t* place = nullptr;
};
[[nodiscard]] status sort_by_expert(const sort_by_expert_args& args, stream on);

} // namespace troupe::cuda::ops
