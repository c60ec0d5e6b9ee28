// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace troupe::cuda {

/// Notices that a device does not come back from a step: what waits for it cannot, and nothing that
/// it was told to do can be taken back.
///
/// Role:    the execution's, around each step. Thread: begin and end of one at a time; `on_late` is
///          called from a thread of its own, once a step.
/// Bounds:  on_late comes no earlier than the limit and, on a machine that runs it, within 100 ms.
/// Checked: test/unit/cuda/step_deadline_test.cpp
class step_deadline {
public:
  using clock = std::chrono::steady_clock;

  /// `on_late` ends the process, or it will be called for the next one, too. Zero: no limit.
  step_deadline(std::chrono::milliseconds limit, std::function<void()> on_late);

  void begin();
  void end();

private:
  void watch(const std::stop_token& stop);

  std::chrono::milliseconds limit_;
  std::function<void()> on_late_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<clock::time_point> late_at_; ///< Of the step that runs.
  std::jthread watcher_;                     ///< Last: it uses all of the above.
};

} // namespace troupe::cuda
