// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// What a query at `position` is multiplied by in layers with a temperature:
/// 1 + scale * ln(1 + floor((position + 1) / floor)). Source: Meta 2025 (Llama 4).
inline float temperature_at(std::uint32_t position, float scale, float floor) {
  const float steps = std::floor((static_cast<float>(position) + 1.0F) / floor);
  const auto grown = static_cast<float>(std::log1p(static_cast<double>(steps)));
  return grown * scale + 1.0F;
}

/// x[r,c] *= scale[r], in place: the temperature of a query by its position.
///
/// Shapes:   x [rows, cols] fp32 with row stride; scale [rows].
/// Requires: rows >= 1, cols >= 1 (checked). Cannot fail.
/// Checked:  test/conformance/ops/row_ops_test.cpp
struct scale_rows_args {
  float* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  const float* scale = nullptr;
};
using scale_rows_fn = void (*)(const scale_rows_args&);

} // namespace troupe::engine::ops
