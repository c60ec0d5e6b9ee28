// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/worker/fills.hpp"
#include "actors/worker/offers.hpp"
#include "actors/worker/worker_shared.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

namespace troupe {

/// Computes prompts for decode workers and pushes their blocks: a bounded queue, by class, priority
/// and arrival; at the engine at most prefills_active_max. What the pool lacks is asked of a shard
/// first where that is predicted to be sooner. Each block leaves when it is finished;
/// `prefill_progress` meanwhile; the last prompt token is left to decode.
///
/// Ends with `transfer_done`, or `transfer_stopped` (overloaded, draining, wrong_model,
/// transfer_failed; retryable). The receiver may stop it at any time.
/// Thread: inside the actor. Checked: test/unit/worker/worker_prefill_test.cpp
class prefill_role {
public:
  prefill_role(worker_shared& shared, fills& loading, offers& offered)
      : shared_(shared), fills_(loading), offers_(offered) {}

  void on(const prefill& what, context& cx);

  [[nodiscard]] bool owns(engine::sequence_id id) const { return by_sequence_.contains(id); }
  void on(const engine::reserved& what, context& cx);
  void on(const engine::sequence_refused& what, context& cx);
  void on(const engine::exported& what, context& cx);
  void on(const engine::produced& what, context& cx);
  void filled(const fills::result& what, context& cx);

  /// The transfer was stopped by its receiver, or is lost with it.
  void forget(transfer_id id, context& cx);
  void tick(context& cx);
  [[nodiscard]] std::optional<time_point> next_wake() const;
  /// Gives queued prompts to the engine.
  void pump(context& cx);

  [[nodiscard]] std::size_t size() const { return jobs_.size(); }
  [[nodiscard]] std::uint32_t queued() const { return static_cast<std::uint32_t>(queue_.size()); }
  [[nodiscard]] std::uint64_t queued_tokens() const;
  void check_invariants() const;

private:
  enum class stage : std::uint8_t { queued, reserving, filling, running };
  using rank = std::tuple<work_class, std::int64_t, std::uint64_t>;

  struct prefill_job {
    actor_ref to;
    identity who;
    engine::sequence_spec spec;
    std::vector<block_name> names;
    stage at = stage::queued;
    rank place;
    std::uint32_t tokens_done = 0;
    time_point told;
    std::optional<time_point> give_up; ///< Of waiting for blocks.
    time_point retry;
  };
  using table = std::map<transfer_id, prefill_job>;

  [[nodiscard]] table::iterator find(engine::sequence_id id);
  void stop(table::iterator it, error why, context& cx);
  void erase(table::iterator it, bool cancel, context& cx);
  void start(prefill_job& what);
  void requeue(table::iterator it, error why, context& cx);

  worker_shared& shared_;
  fills& fills_;
  offers& offers_;
  table jobs_;
  std::map<rank, transfer_id> queue_;
  std::map<engine::sequence_id, transfer_id> by_sequence_;
  std::uint64_t arrivals_ = 0;
};

} // namespace troupe
