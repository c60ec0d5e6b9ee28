// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

namespace troupe::engine::cpu::portable {

/// Sixteen partial sums, as two AVX registers hold them.
using lanes = std::array<float, 16>;

/// Sums lanes by halving: i + (i + 8), i + (i + 4), i + (i + 2), 0 + 1.
[[nodiscard]] inline float sum_lanes(lanes part) {
  for (std::size_t half = 8; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) {
      part[i] = part[i] + part[i + half];
    }
  }
  return part[0];
}

} // namespace troupe::engine::cpu::portable
