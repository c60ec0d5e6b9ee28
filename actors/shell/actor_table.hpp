// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/shell/trace_tap.hpp"
#include "messages/inspect.hpp"
#include "runtime/bus/message.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace troupe {

/// What an actor's shell counts of it. Thread: written by the actor and its senders, read by any.
class actor_meter {
public:
  std::atomic<std::uint64_t> arrived{0};
  std::atomic<std::uint64_t> handled{0};
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> busy_ns{0}; ///< Estimated from some events.
  std::atomic<bool> ended{false};

  [[nodiscard]] bool is_traced() const { return is_traced_.load(std::memory_order_relaxed); }
  void add(const std::shared_ptr<trace_tap>& tap);

  /// Calls `visit(tap)` for each tap that somebody still holds.
  template <class Visit>
  void each_tap(Visit visit) {
    const std::lock_guard lock(mutex_);
    std::erase_if(taps_, [](const auto& one) { return one.expired(); });
    for (const auto& one : taps_) {
      if (const auto tap = one.lock()) {
        visit(*tap);
      }
    }
    is_traced_ = !taps_.empty();
  }

private:
  std::atomic<bool> is_traced_{false};
  std::mutex mutex_;
  std::vector<std::weak_ptr<trace_tap>> taps_;
};

/// The actors of one process by number, for operators. Ended ones are forgotten.
/// Role: one per process, outlives its actors' spawning. Thread: any.
class actor_table {
public:
  void add(std::uint64_t actor, std::string name, const std::shared_ptr<actor_meter>& meter);

  /// By number, at most limits::node_actors_max.
  [[nodiscard]] std::vector<actor_info> list();

  /// Null: no such actor.
  [[nodiscard]] std::shared_ptr<actor_meter> find(std::uint64_t actor);

private:
  struct row {
    std::string name;
    std::weak_ptr<actor_meter> meter;
  };

  std::mutex mutex_;
  std::map<std::uint64_t, row> rows_;
};

} // namespace troupe
