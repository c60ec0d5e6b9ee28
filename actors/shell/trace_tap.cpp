// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/shell/trace_tap.hpp"

#include <utility>

namespace troupe {

bool trace_limiter::allow(time_point now) {
  if (now < bounds_.begin || now >= bounds_.end) {
    return false;
  }
  if (const auto second = (now - bounds_.begin) / 1s; second != second_) {
    second_ = second;
    taken_ = 0;
  }
  if (taken_ >= bounds_.rate_per_s) {
    ++skipped_;
    return false;
  }
  ++taken_;
  return true;
}

trace_events trace_tap::pick_up() {
  const std::lock_guard lock(mutex_);
  return {.lines = std::exchange(lines_, {}), .skipped = limiter_.skipped()};
}

} // namespace troupe
