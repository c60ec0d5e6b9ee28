// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace troupe {

/// The first `dimensions` of `values` (0: all), made to length 1; of length 0 as they are. Sums are
/// in double. Requires: dimensions <= values.size().
/// Checked: test/unit/gateway/embedding_format_test.cpp
[[nodiscard]] inline std::vector<float> unit_vector(std::span<const float> values,
                                                    std::size_t dimensions) {
  const auto kept = values.first(dimensions == 0 ? values.size() : dimensions);
  double square = 0;
  for (const auto each : kept) {
    square += double{each} * double{each};
  }
  const auto length = square > 0 ? std::sqrt(square) : 1.0;
  std::vector<float> out;
  out.reserve(kept.size());
  for (const auto each : kept) {
    out.push_back(static_cast<float>(each / length));
  }
  return out;
}

} // namespace troupe
