// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

namespace troupe::bench {

/// The upper one of two in the middle; 0 of nothing.
[[nodiscard]] inline double median(std::vector<double> of) {
  if (of.empty()) {
    return 0;
  }
  std::ranges::sort(of);
  return of[of.size() / 2];
}

} // namespace troupe::bench
