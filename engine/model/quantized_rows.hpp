// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/quantized_matrix.hpp"
#include "runtime/base/bytes.hpp"

#include <cstdint>
#include <functional>

namespace troupe::engine {

/// Rows of a matrix in codes, in another order: codes and scales are copied as they are.
/// Role: keeps what `matrix()` points to; neither copied nor moved.
/// Requires (checked): rows that lie one after the other and share no scale, so fp8, int8 or mxfp4
/// with group_rows 1; row_of(n) is a row of `from`. Throws: std::bad_alloc.
/// Checked: test/unit/model/quantized_matrix_test.cpp
class quantized_rows {
public:
  /// Row n is row row_of(n) of `from`.
  quantized_rows(const quantized_matrix& from, std::uint64_t count,
                 const std::function<std::uint64_t(std::uint64_t)>& row_of);
  quantized_rows(const quantized_rows&) = delete;
  quantized_rows& operator=(const quantized_rows&) = delete;

  [[nodiscard]] const quantized_matrix& matrix() const { return matrix_; }

private:
  bytes codes_;
  bytes scales_;
  quantized_matrix matrix_;
};

} // namespace troupe::engine
