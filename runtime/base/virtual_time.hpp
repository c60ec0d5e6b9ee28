// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/timers.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

namespace troupe {

/// Virtual time: a clock that stands still until its next task is run. Tasks run in order of
/// (time, order of their calls), which is what makes a simulation repeatable.
/// Thread: the driver's only. Checked: test/unit/base/time_test.cpp
class virtual_time final : public clock, public timers {
public:
  [[nodiscard]] time_point now() const override { return now_; }
  void at(time_point when, std::function<void()> task) override;

  /// Runs the next task; false if there is none.
  bool step();

  /// When the next task is due.
  [[nodiscard]] std::optional<time_point> next() const;

  /// How much virtual time has passed since the start.
  [[nodiscard]] duration elapsed() const { return now_ - start(); }
  [[nodiscard]] std::uint64_t tasks_run() const { return tasks_run_; }

  /// Where every simulation starts: not zero, so that "never" and "at the start" differ.
  static constexpr time_point start() { return time_point{} + std::chrono::hours(1); }

private:
  struct entry {
    time_point when;
    std::uint64_t seq;
    std::function<void()> task;
    friend bool operator<(const entry& a, const entry& b) {
      return a.when != b.when ? a.when > b.when : a.seq > b.seq;
    }
  };

  time_point now_ = start();
  std::uint64_t seq_ = 0;
  std::uint64_t tasks_run_ = 0;
  std::priority_queue<entry> queue_;
};

} // namespace troupe
