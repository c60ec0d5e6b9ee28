// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/audit.hpp"
#include "messages/model.hpp"
#include "messages/vocab/block_naming.hpp"
#include "messages/worker.hpp"
#include "runtime/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace troupe {

/// Bounds and times of a worker.
struct worker_limits {
  std::uint32_t streams_max = 256; ///< In any stage; more are refused with no_capacity.
  duration capacity_wait = 50ms;   ///< How long a stream waits for blocks before it is refused.
  duration capacity_retry = 5ms;

  std::uint32_t prefills_max = 64;       ///< Queued and running; more are refused: overloaded.
  std::uint32_t prefills_active_max = 8; ///< Of them at the engine.
  duration prefill_capacity_wait = 2s;   ///< For blocks, once its turn has come.
  duration progress_every = 100ms;

  std::uint32_t transfers_in_max = 256;
  std::uint32_t transfers_out_max = 256;
  std::uint32_t window_parts = 8;       ///< Unacknowledged parts of one transfer.
  std::uint32_t exports_active_max = 4; ///< export commands at the engine.
  duration ack_wait = 10s;

  duration prefill_silence = 1s;      ///< Without any word of the prefill worker: fall back.
  duration prefill_stall = 10s;       ///< Without any further token or part: fall back.
  duration shard_silence = 100ms;     ///< Without a part of the shard: compute instead.
  std::uint32_t shard_blocks_min = 4; ///< Fewer missing blocks are not worth a question.

  std::uint32_t offers_max = 2;         ///< Outstanding kv_put.
  std::uint32_t offer_names_max = 8192; ///< Waiting to be offered; older ones are dropped.

  std::uint32_t subscribers_max = 64;
  std::uint32_t routers_max = 64;
  duration report_every = 50ms;
  duration digest_every = 1s;
};

/// Planted defects that the simulation must find. All off in a process.
struct worker_mutants {
  bool eager_fallback = false;        ///< Gives up a transfer without waiting for queued imports.
  bool worker_minted_attempt = false; ///< Answers under attempt + 1 after a fallback or a wait.
  bool eager_snapshot = false;        ///< Snapshots claim a later log entry than they hold.
};

/// What a worker is told at its spawn.
struct worker_config {
  worker_id self;
  actor_ref me;
  std::string node_name; ///< For status.
  role_set roles = role_prefill | role_decode;

  std::shared_ptr<const model_card> card; ///< Name, digest, content, layout, context, files.
  std::uint64_t cluster_secret = 0;       ///< Keys block names.
  std::size_t block_bytes = 0;            ///< Of one block in the layout.
  std::uint32_t total_blocks = 0;         ///< Of the pool, until the engine's first report.

  /// Asks the engine for a snapshot; the shell posts the answer as `on_snapshot`.
  std::function<void()> ask_snapshot;

  worker_limits limits;
  worker_mutants mutants;

  audit_sink log; ///< Of operators' orders.
};

} // namespace troupe
