// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/link.hpp"

#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace troupe {

/// Runs the actors that it wakes in this thread, when told to.
class inline_unit final : public caf::execution_unit {
public:
  using caf::execution_unit::execution_unit;
  void exec_later(caf::resumable* what) override { due_.push_back(what); }
  void run();

private:
  std::vector<caf::resumable*> due_;
};

/// Actors that events woke, and that run either in the transport's thread or on the scheduler.
/// Thread: the transport's that leads; `run_here` alone may overlap with the next leader's calls.
/// Checked: test/integration/bus/lent_thread_test.cpp
class woken_actors {
public:
  explicit woken_actors(caf::actor_system* system) : keeps_(system), leaves_(system) {}

  /// Keeps whoever wakes by it, as that actor of the bus.
  [[nodiscard]] caf::execution_unit* unit_for(std::uint64_t actor) {
    keeps_.waking = actor;
    return &keeps_;
  }

  [[nodiscard]] bool empty() const { return keeps_.kept.empty(); }
  void run_elsewhere();

  /// Those that are kept now are run by the next `run_here`, which tells who took long.
  void begin() { running_.swap(keeps_.kept); }
  void run_here(const transport& clock, const std::function<void(std::uint64_t actor)>& was_slow);

private:
  struct woken {
    caf::resumable* what = nullptr;
    std::uint64_t actor = 0;
  };
  struct keeping_unit final : caf::execution_unit {
    using caf::execution_unit::execution_unit;
    void exec_later(caf::resumable* what) override { kept.push_back({what, waking}); }

    std::uint64_t waking = 0;
    std::vector<woken> kept;
  };
  struct leaving_unit final : caf::execution_unit {
    using caf::execution_unit::execution_unit;
    void exec_later(caf::resumable* what) override;
  };

  keeping_unit keeps_;
  leaving_unit leaves_; ///< To the scheduler.
  std::vector<woken> running_;
};

} // namespace troupe
