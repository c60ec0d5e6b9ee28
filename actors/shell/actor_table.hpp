// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/shell/mailbox_watch.hpp"
#include "actors/shell/profile_tap.hpp"
#include "actors/shell/trace_tap.hpp"
#include "messages/actor_load.hpp"
#include "messages/inspect.hpp"
#include "runtime/bus/message.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace troupe {

/// The taps of one sort that somebody still holds. Thread: any; without taps `any` is one load.
template <class Tap>
class tap_list {
public:
  [[nodiscard]] bool any() const { return any_.load(std::memory_order_relaxed); }

  void add(const std::shared_ptr<Tap>& one) {
    const std::lock_guard lock(mutex_);
    taps_.push_back(one);
    any_ = true;
  }

  /// Calls `visit(tap)` for each.
  template <class Visit>
  void each(Visit visit) {
    const std::lock_guard lock(mutex_);
    std::erase_if(taps_, [](const auto& one) { return one.expired(); });
    for (const auto& one : taps_) {
      if (const auto tap = one.lock()) {
        visit(*tap);
      }
    }
    any_ = !taps_.empty();
  }

private:
  std::atomic<bool> any_{false};
  std::mutex mutex_;
  std::vector<std::weak_ptr<Tap>> taps_;
};

/// What an actor's shell counts of it. Thread: written by the actor and its senders, read by any.
class actor_meter {
public:
  mailbox_watch mailbox;
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> busy_ns{0}; ///< Estimated from some events.
  std::atomic<bool> ended{false};
  tap_list<trace_tap> traces;
  tap_list<profile_tap> profiles;
  profile_limiter profile_turns; ///< The actor's own.
};

/// What waits for the actor at `now`.
[[nodiscard]] mailbox_report report_mailbox(const actor_meter& of, const type_table& types,
                                            time_point now);

/// Begins to profile; the profile ends when the function is let go of, and tells when called what
/// was seen until `now`. `types` outlives it.
[[nodiscard]] std::function<profile_report(time_point now)> begin_profile(
    std::shared_ptr<actor_meter> of, const type_table& types, time_point begun);

/// The actors of one process by number, for operators. Ended ones are forgotten.
/// Role: one per process, outlives its actors' spawning. Thread: any.
class actor_table {
public:
  void add(std::uint64_t actor, std::string name, const std::shared_ptr<actor_meter>& meter);

  /// By number, at most limits::node_actors_max.
  [[nodiscard]] std::vector<actor_info> list();

  /// Null: no such actor.
  [[nodiscard]] std::shared_ptr<actor_meter> find(std::uint64_t actor);

  /// Empty: no such actor, or it has none.
  [[nodiscard]] std::string name_of(std::uint64_t actor);

private:
  struct row {
    std::string name;
    std::weak_ptr<actor_meter> meter;
  };

  std::mutex mutex_;
  std::map<std::uint64_t, row> rows_;
};

} // namespace troupe
