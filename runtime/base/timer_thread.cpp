// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/timer_thread.hpp"

namespace troupe {

timer_thread::timer_thread(const clock& time) : time_(time), thread_([this] { run(); }) {
}

timer_thread::~timer_thread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void timer_thread::at(time_point when, std::function<void()> task) {
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    const auto placed = queue_.emplace(std::pair{when, ++seq_}, std::move(task)).first;
    is_first = placed == queue_.begin();
  }
  if (is_first) {
    changed_.notify_one();
  }
}

void timer_thread::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (queue_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto due = queue_.begin()->first.first;
    if (time_.now() < due) {
      changed_.wait_until(lock, due);
      continue;
    }
    auto task = std::move(queue_.begin()->second);
    queue_.erase(queue_.begin());
    lock.unlock();
    task();
    lock.lock();
  }
}

} // namespace troupe
