// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/device/step_deadline.hpp"

#include <algorithm>
#include <utility>

namespace troupe::cuda {

step_deadline::step_deadline(std::chrono::milliseconds limit, std::function<void()> on_late)
    : limit_(limit), on_late_(std::move(on_late)) {
  if (limit_.count() > 0) {
    watcher_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
  }
}

void step_deadline::begin() {
  const std::scoped_lock lock{mutex_};
  late_at_ = clock::now() + limit_;
}

void step_deadline::end() {
  const std::scoped_lock lock{mutex_};
  late_at_.reset();
}

/// Looks now and then instead of being woken at each step, of which there are a hundred a second.
void step_deadline::watch(const std::stop_token& stop) {
  constexpr std::chrono::milliseconds at_least{50};
  const auto pause = std::min(at_least, limit_);
  std::unique_lock lock{mutex_};
  while (!stop.stop_requested()) {
    changed_.wait_for(lock, stop, pause, [] { return false; });
    if (late_at_ && clock::now() >= *late_at_) {
      late_at_.reset();
      lock.unlock();
      on_late_();
      lock.lock();
    }
  }
}

} // namespace troupe::cuda
