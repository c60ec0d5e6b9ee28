// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/assembly/node_parts.hpp"
#include "runtime/base/timers.hpp"
#include "runtime/redis/record_board.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace troupe {

/// What the actors of one process count, as of one moment each. Nothing: not a role of it, or its
/// actor has ended.
struct node_stats {
  std::string node;
  std::size_t resident_bytes = 0;
  bus::counters links;
  std::optional<membership_stats> membership;
  std::optional<directory_stats> directory;
  std::optional<redis::record_board::counters> store;
  std::optional<gateway_stats> gateway;
  std::optional<router_stats> router;
  std::optional<worker_stats> worker;
  std::optional<cache_shard_stats> cache;
  std::optional<std::map<std::string, slot_stats>> slots;
};

/// Asks every actor of `parts` for its counters, each in its own time, and hands them to `done`
/// through `where.queue` once the last has answered or ended.
/// `with` is what no actor knows: node, resident_bytes. Thread: any; blocks nobody.
/// Checked: test/integration/metrics
void collect_stats(const node_parts& parts, const world& where, node_stats with,
                   std::function<void(const node_stats&)> done);

} // namespace troupe
