// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace troupe {

/// Monotonic time (I-10). Only a clock makes a time_point; durations are nanoseconds.
using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::nanoseconds;

using namespace std::chrono_literals;

[[nodiscard]] constexpr double to_seconds(duration d) {
  return std::chrono::duration<double>(d).count();
}

/// Where time comes from: the machine's monotonic clock, or the simulation's.
class clock {
public:
  clock() = default;
  clock(const clock&) = delete;
  clock& operator=(const clock&) = delete;
  virtual ~clock() = default;

  [[nodiscard]] virtual time_point now() const = 0;
};

/// The machine's monotonic clock; the only place that reads it.
[[nodiscard]] const clock& machine_clock();

} // namespace troupe
