// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/outbox.hpp"
#include "actors/worker/worker_config.hpp"
#include "engine/engine_host.hpp"
#include "messages/worker.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace troupe {

/// What a worker says of its load, and when: at most every 50 ms, and only while something changes.
/// Thread: inside the actor. Checked: test/unit/worker/worker_report_test.cpp
class reporter {
public:
  /// What the roles add to the engine's figures.
  struct extra {
    role_set roles = 0;
    worker_phase phase = worker_phase::serving;
    std::uint32_t waiting = 0; ///< Not at the engine yet.
    std::uint64_t waiting_prompt_tokens = 0;
    std::uint32_t transfers = 0;
  };

  reporter(worker_id self, std::uint64_t pool_epoch, std::uint32_t total_blocks,
           const worker_limits& limits);

  void stats(const engine::engine_stats& now) { stats_ = now; }
  [[nodiscard]] const engine::engine_stats& stats() const { return stats_; }

  /// A placement of this router has arrived. Bounded: the longest silent routers are forgotten.
  void seen(const placement_seen& what);

  /// Notes what is to be said; it is sent when due.
  void update(const extra& what, time_point now, const std::vector<actor_ref>& to, outbox& out);
  /// As last noted; for refusals and new listeners.
  [[nodiscard]] const worker_report& current() const { return current_; }
  [[nodiscard]] std::optional<time_point> next_wake() const;

private:
  [[nodiscard]] worker_report make(const extra& what) const;

  worker_id self_;
  std::uint64_t epoch_;
  std::uint32_t routers_max_;
  duration every_;
  engine::engine_stats stats_;
  std::vector<placement_seen> seen_; ///< Latest last.
  worker_report current_;
  bool changed_ = true;
  std::optional<time_point> sent_at_;
};

} // namespace troupe
