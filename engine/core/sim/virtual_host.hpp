// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/engine_loop.hpp"
#include "engine/core/sim/sim_executor.hpp"
#include "engine/engine_host.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/timers.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace troupe::engine {

struct virtual_host_options {
  host_options host;
  engine_mutants mutants;
  std::uint64_t seed = 1;
  duration copy_cost_max{200'000}; ///< An import or export takes up to this, at random.
  bool check_invariants = false;   ///< After every event. Costs O(pool) each.

  /// Whether this step kills the process: then it never ends, and who said so must crash it.
  std::function<bool(const step_plan&)> dies_of;

  /// Whether the pool fails to take this block: it comes damaged. Empty: never.
  std::function<bool()> fails_import;
};

/// An engine_host on a virtual queue. Commands are accepted while a step runs; steps take their
/// cost, imports and exports a random time each, so that independent work finishes in any order;
/// whether its slots are touched at its begin or its end is drawn too. Same seed, same order of
/// calls, same outcome.
/// Role: one per simulated worker. Thread: that of the timers, which, as the clock, must outlive
/// it; its tasks may run after it is gone and do nothing then.
/// Checked: test/unit/engine/virtual_host_test.cpp
class virtual_host final : public engine_host {
public:
  virtual_host(std::unique_ptr<sim_executor> exec, const virtual_host_options& options,
               timers& queue, const clock& time);
  ~virtual_host() override;

  [[nodiscard]] const executor_traits& traits() const override;
  [[nodiscard]] std::uint32_t pool_blocks() const override;
  void listen(event_sink sink) override;
  /// Errors: overloaded; peer_gone after a crash.
  [[nodiscard]] result<void> try_submit(command what) override;
  void take_snapshot(std::function<void(snapshot)> done) override;

  /// Everything is gone at once: no event, snapshot or completion is told any more.
  void crash();
  [[nodiscard]] bool is_crashed() const { return state_ == nullptr; }

  /// Requires: not crashed.
  [[nodiscard]] const engine_loop& loop() const;
  [[nodiscard]] const sim_executor& exec() const;

private:
  struct state;

  executor_traits traits_;
  std::uint32_t pool_blocks_;
  std::shared_ptr<state> state_;
};

} // namespace troupe::engine
