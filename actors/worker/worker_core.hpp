// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/core.hpp"
#include "actors/transfer/pool_log.hpp"
#include "actors/worker/decode_role.hpp"
#include "actors/worker/exports.hpp"
#include "actors/worker/fills.hpp"
#include "actors/worker/offers.hpp"
#include "actors/worker/prefill_role.hpp"
#include "actors/worker/worker_shared.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// Of one worker since its start, for metrics.
struct worker_stats {
  engine::engine_stats engine; ///< As of the last step.
  std::uint32_t waiting = 0;   ///< Sequences, in the engine or before it.
  transfer_counts in;
  transfer_counts out;
};

/// The actor of one engine_host. Decode and prefill are roles inside it, so that load report, pool
/// log, drain and pins have one owner and a change of roles reloads nothing.
///
/// Role: one per engine_host, as long as it. Its shell passes `step_events` and snapshots of the
/// engine as `on_engine` and `on_snapshot`, in the engine's order. Only `try_submit` of the engine
/// is called. Thread: inside the actor. Everything is bounded by worker_limits.
/// Checked: test/unit/worker/*_test.cpp
class worker_core {
public:
  using handles =
      message_list<generate, embed, cancel, stream_credit, stream_query, prefill, prefill_progress,
                   kv_get, transfer_open, part, part_ack, transfer_done, transfer_stopped,
                   kv_resync, members, model_card_query, drain, cordon, status_query>;

  /// Requires: config.card, config.ask_snapshot. `host` must outlive the core.
  worker_core(worker_config config, engine::engine_host& host);
  worker_core(const worker_core&) = delete;
  worker_core& operator=(const worker_core&) = delete;

  void on_engine(const engine::step_events& what, context& cx);
  void on_snapshot(const engine::engine_host::snapshot& what, context& cx);
  /// What new work it takes from now on; running work ends where it is.
  void set_roles(role_set roles, context& cx);

  void on(const generate& what, context& cx);
  void on(const embed& what, context& cx);
  void on(const cancel& what, context& cx);
  void on(const stream_credit& what, context& cx);
  void on(const stream_query& what, context& cx);
  void on(const prefill& what, context& cx);
  void on(const prefill_progress& what, context& cx);
  void on(const kv_get& what, context& cx);
  void on(const transfer_open& what, context& cx);
  void on(const part& what, context& cx);
  void on(const part_ack& what, context& cx);
  void on(const transfer_done& what, context& cx);
  void on(const transfer_stopped& what, context& cx);
  void on(const kv_resync& what, context& cx);
  void on(const members& what, context& cx);
  void on(const model_card_query& what, context& cx);
  void on(const drain& what, context& cx);
  void on(const cordon& what, context& cx);
  void on(const status_query& what, context& cx);

  void on_response(std::uint64_t request, const delivery& answer, context& cx);
  void on_down(const actor_ref& who, const error& why, context& cx);
  void tick(context& cx);
  [[nodiscard]] std::optional<time_point> next_wake() const;
  void check_invariants() const;

  /// No stream, sequence, transfer, export or offer is left.
  [[nodiscard]] bool is_quiet() const;
  [[nodiscard]] const worker_report& report() const { return shared_.reports.current(); }
  [[nodiscard]] const pool_log& log() const { return log_; }
  [[nodiscard]] worker_stats stats() const {
    return {shared_.reports.stats(), report().waiting, shared_.incoming.counts(),
            shared_.outgoing.counts()};
  }

private:
  void take(const engine::reserved& what, context& cx);
  void take(const engine::sequence_refused& what, context& cx);
  void take(const engine::imported& what, context& cx);
  void take(const engine::produced& what, context& cx);
  void take(const engine::phase_changed& what, context& cx);
  void take(const engine::exported& what, context& cx);
  void take(const engine::export_done& what, context& cx);
  void take(const engine::pool_log_entry& what, context& cx);
  void take(const engine::scored& what, context& cx);
  void take(const engine::embedded& what, context& cx);
  void transfer_ended(transfer_id id, context& cx);
  void takes_nothing_new(bool so);
  /// After every event: what has become possible, and what is to be said.
  void settle(context& cx);
  void settle_fills(context& cx);

  worker_shared shared_;
  pool_log log_;
  fills fills_;
  exports exports_;
  offers offers_;
  decode_role decode_;
  prefill_role prefill_;
  std::vector<delivery> drains_;
  std::string drained_by_; ///< The operator, until it is done.
  std::uint64_t step_ = 0;
  std::optional<time_point> engine_wake_; ///< While the engine refused a command.
};

} // namespace troupe
