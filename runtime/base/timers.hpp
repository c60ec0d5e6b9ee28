// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"

#include <functional>

namespace troupe {

/// Runs a function at a time: on the virtual queue in the simulation, on a timer thread otherwise.
/// For things that are not actors (the sim engine's steps, simulated links); actors use the
/// wake-up of their shell.
class timers {
public:
  timers() = default;
  timers(const timers&) = delete;
  timers& operator=(const timers&) = delete;
  virtual ~timers() = default;

  /// Runs `task` once, not before `when`; in order of (when, order of the calls).
  /// Thread: any. The task runs on the timer's thread and must not block.
  virtual void at(time_point when, std::function<void()> task) = 0;
};

} // namespace troupe
