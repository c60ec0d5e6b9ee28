// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// What a worker says of itself, and how it is named to others.
namespace troupe {

/// What an engine_host does now; a bit set on the wire.
using role_set = std::uint8_t;
inline constexpr role_set role_prefill = 1;
inline constexpr role_set role_decode = 2;

enum class worker_phase : std::uint8_t { starting = 0, serving = 1, draining = 2 };
constexpr worker_phase last_enumerator(worker_phase) {
  return worker_phase::draining;
}

/// A worker and the actor that speaks for it.
struct worker_ref {
  worker_id worker;
  actor_ref actor;

  static constexpr auto fields() {
    return std::tuple{field(1, "worker", &worker_ref::worker),
                      field(2, "actor", &worker_ref::actor)};
  }
};

/// The newest placement of one router that has reached the worker.
struct placement_seen {
  actor_ref router;
  std::uint64_t no = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "router", &placement_seen::router),
                      field(2, "no", &placement_seen::no)};
  }
};

/// WORKER to ROUTERS and PLANNER: load, every few steps or 50 ms. A newer report replaces an older.
struct worker_report {
  static constexpr wire_type type = 1;
  static constexpr std::string_view name = "worker_report";
  static constexpr traffic traffic_class = traffic::state;

  worker_id worker;
  role_set roles = 0;
  worker_phase phase = worker_phase::starting;
  std::uint32_t running = 0;     ///< Sequences in the batch.
  std::uint32_t waiting = 0;     ///< Reserved, queued, filling, preempted.
  std::uint32_t free_blocks = 0; ///< Free or evictable.
  std::uint32_t total_blocks = 0;
  std::uint64_t waiting_prompt_tokens = 0; ///< Still to be computed.
  float step_ms = 0;                       ///< Of the last step.
  float prefill_tokens_per_s = 0;          ///< Smoothed; 0: not measured yet.
  float decode_tokens_per_s = 0;
  std::uint32_t transfers = 0; ///< Open transfers, either way.
  std::uint64_t pool_epoch = 0;
  std::vector<placement_seen> seen; ///< Placements no longer to be added to this load.

  static constexpr auto fields() {
    return std::tuple{field(1, "worker", &worker_report::worker),
                      field(2, "roles", &worker_report::roles),
                      field(3, "phase", &worker_report::phase),
                      field(4, "running", &worker_report::running),
                      field(5, "waiting", &worker_report::waiting),
                      field(6, "free_blocks", &worker_report::free_blocks),
                      field(7, "total_blocks", &worker_report::total_blocks),
                      field(8, "waiting_prompt_tokens", &worker_report::waiting_prompt_tokens),
                      field(9, "step_ms", &worker_report::step_ms),
                      field(10, "prefill_tokens_per_s", &worker_report::prefill_tokens_per_s),
                      field(11, "decode_tokens_per_s", &worker_report::decode_tokens_per_s),
                      field(12, "transfers", &worker_report::transfers),
                      field(13, "pool_epoch", &worker_report::pool_epoch),
                      field(14, "seen", &worker_report::seen, 64)};
  }
};

} // namespace troupe
