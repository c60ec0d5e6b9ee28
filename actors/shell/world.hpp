// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/shell/actor_table.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/timers.hpp"
#include "runtime/bus/bus.hpp"
#include "runtime/observe/log.hpp"

#include <cstdint>

namespace troupe {

/// Everything an actor may touch besides its messages. A process gives the machine's; the
/// simulation gives its own, and nothing else differs between the two.
struct world {
  const clock& time;
  timers& queue;
  troupe::bus& links;
  std::uint64_t seed = 0;

  /// Tests and the simulation: every core checks its invariants after every event, and every
  /// delivery's session stands when it is dispatched (I-5).
  bool checked = false;

  /// Where actors are entered for operators; null: nowhere.
  actor_table* actors = nullptr;

  observe::logger log = {};
};

} // namespace troupe
