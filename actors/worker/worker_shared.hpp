// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/core.hpp"
#include "actors/core/watch_counts.hpp"
#include "actors/transfer/receiving.hpp"
#include "actors/transfer/sending.hpp"
#include "actors/worker/engine_queue.hpp"
#include "actors/worker/peers.hpp"
#include "actors/worker/reporter.hpp"
#include "actors/worker/worker_config.hpp"
#include "messages/vocab/error_codes.hpp"

#include <optional>
#include <string>

namespace troupe {

/// What the roles of one worker have in common. Owned by worker_core; roles keep a reference.
struct worker_shared {
  worker_shared(worker_config what, engine::engine_host& host);

  worker_config config;
  engine_queue engine;
  watch_counts watches;
  receiving incoming;
  sending outgoing;
  peers others;
  reporter reports;
  bool is_closed = false; ///< Takes no new work: drained, or cordoned.

  /// Why new work of `who` for `role` cannot be taken at all; nothing: it may be.
  [[nodiscard]] std::optional<error> refusal(role_set role, const identity& who) const;
  [[nodiscard]] block_namer namer_of(const identity& who) const;
};

[[nodiscard]] inline std::optional<time_point> earlier(std::optional<time_point> a,
                                                       std::optional<time_point> b) {
  return !b || (a && *a <= *b) ? a : b;
}

} // namespace troupe
