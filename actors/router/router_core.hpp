// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/audit.hpp"
#include "actors/core/core.hpp"
#include "actors/router/expected_blocks.hpp"
#include "actors/router/load_view.hpp"
#include "actors/router/pool_view.hpp"
#include "actors/router/predictor.hpp"
#include "runtime/base/rng.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

struct router_config {
  std::string name = "router";
  predictor_config predictor;

  /// A new interactive stream is refused when the best prediction is above this. 0: never.
  std::uint32_t admit_ttft_ms_max = 60'000;

  /// Candidates whose cost is within this of the best are drawn among at random.
  float near_equal_ms = 2;

  std::size_t explained_max = 1024; ///< Placements kept for `explain`.
  std::size_t coming_max = 65'536;  ///< Blocks expected of prompts placed a moment ago, per worker.
  duration coming_ttl = 2s;
  duration relink_after = 200ms; ///< Between attempts to reach a member whose link broke.
  audit_sink log;                ///< Of what operators do; may be empty.
};

/// Counters since the start, and what is known now.
struct router_stats {
  std::uint64_t placements = 0;
  std::uint64_t refusals = 0;
  std::size_t workers = 0;      ///< Reachable ones.
  std::size_t index_blocks = 0; ///< Names, once per pool that holds them.
};

/// Switches that break a rule, so that the simulation can prove that it would notice.
struct router_mutants {
  bool eager_snapshot = false;
};

/// Chooses the workers of each attempt of each stream. Owns the prefix index, its view of loads and
/// its predictions; nothing of a placed request, so it can die at any time.
///
/// View: cluster-wide, by what the workers report; wrong views cost time, never tokens.
/// Checked: test/unit/router/router_core_test.cpp
class router_core {
public:
  using handles = message_list<place, place_cancel, worker_report, kv_delta, kv_snapshot, kv_digest,
                               members, status_query, explain_query, router_set>;

  router_core(router_config config, actor_ref self, std::uint64_t seed,
              router_mutants mutants = {});

  void on(const place& what, context& cx);
  void on(const place_cancel& what, context& cx);
  void on(const worker_report& what, context& cx);
  void on(const kv_delta& what, context& cx);
  void on(const kv_snapshot& what, context& cx);
  void on(const kv_digest& what, context& cx);
  void on(const members& what, context& cx);
  void on(const status_query& what, context& cx);
  void on(const explain_query& what, context& cx);
  void on(const router_set& what, context& cx);

  void on_response(std::uint64_t request, const delivery& answer, context& cx);
  void on_down(const actor_ref& who, const error& why, context& cx);
  void tick(context& cx);
  [[nodiscard]] std::optional<time_point> next_wake() const;
  void check_invariants() const;

  [[nodiscard]] router_stats stats() const;

  /// For the simulation's property 4: the index and the load of one pool, nullptr if unknown.
  [[nodiscard]] const pool_view* view_of(const actor_ref& owner) const;
  [[nodiscard]] const load_view* load_of(const actor_ref& owner) const;

private:
  /// A worker or shard whose log is followed.
  struct source {
    explicit source(const router_config& how) : coming(how.coming_max, how.coming_ttl) {}

    worker_id worker;
    std::string node_name;
    role_set roles = 0; ///< 0: a shard, which computes nothing.
    model_digest digest;
    layout_id layout;
    pool_view view;
    load_view load;
    expected_blocks coming;
    bool up = true; ///< False: its link broke; tried again at retry_at while a member.
    time_point retry_at;
  };

  struct choice {
    const actor_ref* decode = nullptr;
    const actor_ref* prefill = nullptr; ///< nullptr: local.
    std::uint32_t decode_cached_blocks = 0;
    std::uint32_t prefill_cached_blocks = 0;
    candidate who;
    prediction predicted;
  };

  struct explained {
    placement what; ///< no 0: it was refused.
    decision why;
    time_point at;
  };

  void add_services(const member& who, context& cx);
  void forget_node(const node_ref& node, context& cx);
  void follow(const actor_ref& who, source& which, context& cx);
  void resync(const actor_ref& who, source& which, context& cx);

  [[nodiscard]] std::vector<choice> choices_for(const place& what, time_point now) const;
  [[nodiscard]] candidate measure(const source& decode, const source* prefill,
                                  const place& what) const;
  [[nodiscard]] std::uint32_t cached_blocks(const source& where, const place& what,
                                            time_point now) const;
  [[nodiscard]] bool may_decode(const source& where, const place& what) const;
  [[nodiscard]] bool may_prefill(const source& where, const place& what) const;
  const choice& draw(const std::vector<choice>& among);
  void commit(const place& what, const std::vector<choice>& all, const choice& best, context& cx);
  [[nodiscard]] error why_none(const place& what) const;
  [[nodiscard]] error too_late() const;

  // router_explain.cpp: for operators.
  [[nodiscard]] decision describe(const place& what, const std::vector<choice>& all,
                                  const choice* best) const;
  [[nodiscard]] decision imagine(const place& what, time_point now) const;
  [[nodiscard]] std::vector<fact> settings_now() const; // router_settings.cpp
  void remember(placement what, decision why, time_point now);

  router_config config_;
  actor_ref self_;
  rng rng_;
  router_mutants mutants_;
  std::map<actor_ref, source> pools_;
  std::deque<explained> explained_;
  std::uint64_t last_no_ = 0;
  std::uint64_t refused_ = 0;
};

} // namespace troupe
