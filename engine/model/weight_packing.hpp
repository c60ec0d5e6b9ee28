// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/parallel.hpp"
#include "engine/core/ops/dtype.hpp"
#include "engine/model/quantized_matrix.hpp"
#include "engine/model/weight_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace troupe::engine {

/// Rows of a checkpoint's matrix, one after the other, at any alignment.
struct matrix_rows {
  const std::byte* data = nullptr;
  ops::dtype type = ops::dtype::f32;
  std::int32_t rows = 0;
  const quantized_matrix* codes = nullptr; ///< In place of `data`; `type` holds them exactly.
};

/// The numbers of a row of any type; exact. Requires: `row` holds out.size() inputs.
void widen_row(ops::dtype type, const std::byte* row, std::span<float> out);

/// The rows of `parts` one after the other, packed as `target` on all threads of `workers`. Rows of
/// another type and codes are widened, and rounded to blocks where those are asked for.
/// Requires: parts of `inputs` columns; whole blocks where either side has them.
/// Cost: besides the result 32 rows of fp32 a thread. Throws: std::bad_alloc.
/// Checked: test/unit/model/weight_packing_test.cpp
[[nodiscard]] owned_matrix pack_rows(std::span<const matrix_rows> parts, std::int32_t inputs,
                                     ops::dtype target, cpu::parallel& workers);

} // namespace troupe::engine
