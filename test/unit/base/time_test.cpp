// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/timer_thread.hpp"
#include "runtime/base/virtual_time.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <string>

using namespace troupe;

TEST_CASE("virtual tasks run by time, then by the order they were asked for") {
  virtual_time time;
  std::string order;
  time.at(time.now() + 2ms, [&] { order += 'c'; });
  time.at(time.now() + 1ms, [&] { order += 'a'; });
  time.at(time.now() + 1ms, [&] { order += 'b'; });

  while (time.step()) {
  }

  CHECK(order == "abc");
  CHECK(time.elapsed() == 2ms);
}

TEST_CASE("a virtual task asked for in the past runs now and never moves time back") {
  virtual_time time;
  time.at(time.now() + 5ms, [&] { time.at(time.now() - 3ms, [] {}); });

  while (time.step()) {
  }

  CHECK(time.elapsed() == 5ms);
}

TEST_CASE("timer threads run tasks in order of their times") {
  std::mutex mutex;
  std::condition_variable changed;
  std::string order;
  timer_thread timers(machine_clock());
  const auto add = [&](char c) {
    const std::lock_guard lock(mutex);
    order += c;
    changed.notify_one();
  };
  const auto now = machine_clock().now();
  timers.at(now + 4ms, [&] { add('b'); });
  timers.at(now + 1ms, [&] { add('a'); });

  std::unique_lock lock(mutex);
  const bool done = changed.wait_for(lock, 5s, [&] { return order.size() == 2; });

  CHECK(done);
  CHECK(order == "ab");
  CHECK(machine_clock().now() >= now + 4ms);
}
