// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/virtual_time.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

void virtual_time::at(time_point when, std::function<void()> task) {
  queue_.push({std::max(when, now_), ++seq_, std::move(task)});
}

bool virtual_time::step() {
  if (queue_.empty()) {
    return false;
  }
  auto task = queue_.top().task;
  now_ = queue_.top().when;
  queue_.pop();
  ++tasks_run_;
  task();
  return true;
}

std::optional<time_point> virtual_time::next() const {
  return queue_.empty() ? std::nullopt : std::optional{queue_.top().when};
}

} // namespace troupe
