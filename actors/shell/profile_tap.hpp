// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/shell/event_kind.hpp"
#include "runtime/base/clock.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>

namespace troupe {

/// Decides which events of a profiled actor are timed: so many in each second, and of the others
/// one in `every`, by which it notices the next second. Thread: the actor's.
class profile_limiter {
public:
  static constexpr std::uint32_t timed_per_s = 20'000;
  static constexpr std::uint32_t every = 64;

  [[nodiscard]] bool wants() { return timed_ < timed_per_s || ++passed_ % every == 0; }
  void timed(time_point at) {
    if (const auto second = at.time_since_epoch() / 1s; second != second_) {
      second_ = second;
      timed_ = 0;
    }
    ++timed_;
  }

private:
  std::int64_t second_ = -1;
  std::uint32_t timed_ = 0;
  std::uint32_t passed_ = 0;
};

/// Where a profiled actor leaves how long it took. Thread: `take` the actor's, `time_of` any.
/// Checked: test/unit/admin/profile_tap_test.cpp
class profile_tap {
public:
  struct times {
    std::uint64_t timed = 0;
    duration busy{0};
    duration longest{0};
  };

  void take(event_kind what, duration took) {
    const std::lock_guard lock(mutex_);
    auto& one = times_[what];
    ++one.timed;
    one.busy += took;
    one.longest = std::max(one.longest, took);
  }

  [[nodiscard]] times times_of(event_kind what) const {
    const std::lock_guard lock(mutex_);
    return times_[what];
  }

private:
  mutable std::mutex mutex_;
  std::array<times, limits::event_kinds_max> times_{};
};

} // namespace troupe
