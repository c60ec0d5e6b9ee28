// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"

#include <algorithm>

namespace troupe {

/// How often something may happen: `burst` times at once, and `per_s` more in a second.
struct allowance {
  struct rate {
    double burst = 0;
    double per_s = 0;
  };
  double left = 0; ///< Over a burst: given back, and kept until it is used.
  time_point at;

  static allowance full(const rate& of, time_point now) { return {.left = of.burst, .at = now}; }

  void refill(const rate& by, time_point now) {
    const std::chrono::duration<double> passed = now - at;
    at = now;
    if (left < by.burst) {
      left = std::min(by.burst, left + passed.count() * by.per_s);
    }
  }
  /// False: there is none.
  [[nodiscard]] bool take(const rate& by, time_point now) {
    refill(by, now);
    if (left < 1) {
      return false;
    }
    left -= 1;
    return true;
  }
};

} // namespace troupe
