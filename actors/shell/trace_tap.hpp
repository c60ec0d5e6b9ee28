// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/trace.hpp"
#include "runtime/base/clock.hpp"

#include <cstdint>
#include <mutex>
#include <vector>

namespace troupe {

/// How much a trace may take: so many lines in each second from its begin on, until its end.
struct trace_bounds {
  time_point begin;
  time_point end;
  std::uint32_t rate_per_s = 1;
};

/// Decides which messages of an actor a trace shows. Checked: test/unit/admin/trace_tap_test.cpp
class trace_limiter {
public:
  explicit trace_limiter(const trace_bounds& bounds) : bounds_(bounds) {}

  /// Before the end, and fewer than the rate in this second. Requires: time does not go back.
  [[nodiscard]] bool allow(time_point now);

  /// Messages over the rate so far.
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }
  void skip() { ++skipped_; }

private:
  trace_bounds bounds_;
  std::int64_t second_ = -1;
  std::uint32_t taken_ = 0;
  std::uint64_t skipped_ = 0;
};

/// Where a traced actor leaves what it is told and tells, and its process's admin picks it up.
/// Thread: any. Bounded by the rate and by limits::trace_lines_max between two pick-ups.
class trace_tap {
public:
  explicit trace_tap(const trace_bounds& bounds) : bounds_(bounds), limiter_(bounds) {}

  /// `line()` makes the line's what and text; called only if the limiter allows.
  template <class Make>
  void take(time_point now, Make line) {
    const std::lock_guard lock(mutex_);
    if (!limiter_.allow(now)) {
      return;
    }
    if (lines_.size() >= limits::trace_lines_max) {
      limiter_.skip();
      return;
    }
    auto made = line();
    made.at_us = static_cast<std::uint64_t>((now - bounds_.begin) / std::chrono::microseconds(1));
    lines_.push_back(std::move(made));
  }

  /// What came since the last call.
  [[nodiscard]] trace_events pick_up();

  [[nodiscard]] time_point end() const { return bounds_.end; }

private:
  std::mutex mutex_;
  trace_bounds bounds_;
  trace_limiter limiter_;
  std::vector<trace_line> lines_;
};

} // namespace troupe
