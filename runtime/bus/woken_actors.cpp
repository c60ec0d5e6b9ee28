// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/woken_actors.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <utility>

namespace troupe {

namespace {

constexpr std::size_t messages_per_inline_turn = 100;
constexpr std::size_t messages_per_lent_turn = 16;
constexpr duration quick_turn = 100us;

/// True: it wants to go on.
bool resume(caf::resumable* what, caf::execution_unit* unit, std::size_t messages_max) {
  switch (what->resume(unit, messages_max)) {
    case caf::resumable::resume_later:
      return true;
    case caf::resumable::awaiting_message:
    case caf::resumable::done:
      caf::intrusive_ptr_release(what);
      return false;
    case caf::resumable::shutdown_execution_unit:
      return false;
  }
  return false;
}

} // namespace

void inline_unit::run() {
  for (std::size_t at = 0; at < due_.size(); ++at) {
    if (resume(due_[at], this, messages_per_inline_turn)) {
      due_.push_back(due_[at]);
    }
  }
}

void woken_actors::leaving_unit::exec_later(caf::resumable* what) {
  system().scheduler().enqueue(what);
}

void woken_actors::run_elsewhere() {
  for (const auto& each : std::exchange(keeps_.kept, {})) {
    leaves_.exec_later(each.what);
  }
}

void woken_actors::run_here(const transport& clock,
                            const std::function<void(std::uint64_t actor)>& was_slow) {
  for (const auto& each : running_) {
    const auto begun = clock.now();
    if (resume(each.what, &leaves_, messages_per_lent_turn)) {
      leaves_.exec_later(each.what);
    }
    if (clock.now() - begun > quick_turn) {
      was_slow(each.actor);
    }
  }
  running_.clear();
}

} // namespace troupe
