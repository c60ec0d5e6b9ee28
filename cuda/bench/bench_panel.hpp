// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/dtype.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

/// Codes for the bench. Checked: test/gpu/bench_panel_test.cpp
namespace troupe::cuda::bench {

/// One panel of engine/core/ops/packed_matrix.hpp of drawn codes, whose numbers have next to no
/// mean and about this deviation: a matrix of many of it costs what any of its type does. Requires:
/// a type of codes that are no k blocks, whole blocks (checked).
[[nodiscard]] std::vector<std::byte> panel_of(engine::ops::dtype type, std::int32_t inputs,
                                              float deviation);

} // namespace troupe::cuda::bench
