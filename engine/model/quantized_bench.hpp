// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/dtype.hpp"
#include "engine/model/quantized_matrix.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace troupe::engine {

/// Where one thread makes a panel's rows of a matrix in codes ready to be packed, so that the whole
/// matrix never stands widened anywhere but packed.
/// Checked: test/unit/model/quantized_matrix_test.cpp
class quantized_bench {
public:
  /// Points rows.size() entries at rows [first, first + rows.size()) of the matrix in `type`: f32,
  /// or kept_type. They stand in lines [line, line + rows.size()) of the bench until those are used
  /// again.
  /// Requires: the rows exist; line + rows.size() <= lines. Throws: std::bad_alloc.
  void prepare(const quantized_matrix& from, std::uint64_t first, ops::dtype type, std::size_t line,
               std::size_t lines, std::span<const std::byte*> rows);

private:
  std::vector<float> numbers_;
  std::vector<std::byte> blocks_;
};

} // namespace troupe::engine
