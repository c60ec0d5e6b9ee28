// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/timers.hpp"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace troupe {

/// Timers of a real process: one thread that sleeps until the next task is due.
/// Thread: `at` from any; tasks run on the timer's thread and must not block. The destructor drops
/// what is not due. Checked: test/unit/base/time_test.cpp
class timer_thread final : public timers {
public:
  explicit timer_thread(const clock& time);
  ~timer_thread() override;

  void at(time_point when, std::function<void()> task) override;

private:
  void run();

  const clock& time_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<time_point, std::uint64_t>, std::function<void()>> queue_;
  std::uint64_t seq_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace troupe
