// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/packed_matrix.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace troupe::engine::ops {

/// Inputs of codes that a slice is a multiple of, unless it is of the last ones.
[[nodiscard]] constexpr std::int32_t inputs_of_slice(dtype type) {
  return type == dtype::fp8 ? fp8_group_inputs : inputs_of_block(type);
}

/// Inputs [first, first + count) of all outputs of a matrix in codes, as a packed matrix of `count`
/// inputs: the same codes and scales.
/// Requires: whole slices (checked). Checked: test/unit/model/packed_slice_test.cpp
[[nodiscard]] std::vector<std::byte> slice_inputs(const packed_matrix& from, std::int32_t first,
                                                  std::int32_t count);

} // namespace troupe::engine::ops
