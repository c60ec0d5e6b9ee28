// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/core.hpp"
#include "actors/directory/election.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace troupe {

/// Where a directory keeps what its members say of themselves, for other directories to read
/// (`observe`). Non-blocking.
class directory_store {
public:
  directory_store() = default;
  directory_store(const directory_store&) = delete;
  directory_store& operator=(const directory_store&) = delete;
  virtual ~directory_store() = default;

  /// Said again within a lease, or it ends.
  virtual void post(const join& what) = 0;
  virtual void withdraw(const node_ref& who) = 0;
};

struct directory_config {
  std::string name = "directory";
  node_ref self;
  duration lease = 3s;  ///< A node unheard of this long is no member any more.
  duration linger = 1s; ///< The same for a node whose link broke: it may be back at once.
  std::size_t members_max = limits::members_max;
  std::size_t watchers_max = 8192;
  directory_mutants mutants;

  directory_store* store = nullptr; ///< Outlives the directory; nullptr: none.
  duration store_lease = 2s;        ///< A record that is missing this long is no member any more.
  bool is_private = false;          ///< Of one process, beside a store: others may lead first.

  /// Told of a node that offers what its certificate does not allow, and of how many refusals were
  /// not told since the last; once a second at most.
  std::function<void(const member&, const error&, std::uint64_t unsaid)> refused;
};

struct directory_stats {
  std::size_t members = 0;
  std::size_t watchers = 0;
  std::uint64_t epoch = 0; ///< The highest seen.
  bool leads = false;
  std::uint64_t epochs_begun = 0;
  std::uint64_t leases_expired = 0;
  std::uint64_t services_refused = 0; ///< Joins that offered what a certificate does not allow.
};

/// Keeps who is a member, and the epoch of the leadership that goes with it. The nodes are the
/// truth and this is a cache: everything known goes on working while it is away. Several may serve
/// a cluster: nodes join all of them, and one leads (election.hpp).
///
/// A new directory is young for one lease: it takes joins and publishes them under epoch 0, and
/// learns the highest epoch anybody has seen. One that did not run for a while gives every lease
/// again. With many watchers, what changes within some milliseconds is told at once, so that the
/// messages of a whole cluster's start grow with its size and not with its square.
/// Checked: test/unit/directory/directory_core_test.cpp, test/sim/directories_test.cpp
class directory_core {
public:
  using handles = message_list<join, renew, leave, watch, status_query>;

  directory_core(directory_config config, time_point now);

  void on(const join& what, context& cx);
  void on(const renew& what, context& cx);
  void on(const leave& what, context& cx);
  void on(const watch& what, context& cx);
  void on(const status_query& what, context& cx);

  /// Everything that the store has now. Each record is as a join, without a link to watch or
  /// answer; no lease of such a member runs while the store is silent, or answers, but not in time.
  void observe(const std::vector<join>& records, bool in_time, context& cx);

  void on_response(std::uint64_t request, const delivery& answer, context& cx);
  void on_down(const actor_ref& who, const error& why, context& cx);
  void tick(context& cx);
  [[nodiscard]] std::optional<time_point> next_wake() const;
  void check_invariants() const;

  [[nodiscard]] const leadership& epoch() const { return election_.highest(); }
  [[nodiscard]] const leadership& begun() const { return election_.begun(); }
  [[nodiscard]] bool leads() const { return election_.leads(); }
  [[nodiscard]] directory_stats stats() const;

private:
  [[nodiscard]] static bool speaks_for_itself(const join& what, context& cx);
  struct entry {
    member who;
    actor_ref agent; ///< Nobody: known from a store.
    time_point lease_until;
    bool is_watched = false;
  };

  bool may_offer(const join& what, context& cx);
  void awake(context& cx);
  void excuse(time_point since, context& cx);
  void excuse_store(context& cx);
  void observe_one(const join& what, context& cx);
  void post(const node_ref& who, const leadership& seen, bool holds_lease);
  void hear(const node_ref& who, const leadership& seen, bool holds_lease, context& cx);
  bool admit(const member& who, const actor_ref& agent, time_point lease_until, context& cx);
  [[nodiscard]] joined grant(time_point now) const;
  void settle_election(context& cx);
  [[nodiscard]] std::size_t rank() const;
  void publish(std::vector<member> added, std::vector<node_ref> removed, context& cx);
  void tell_news(context& cx);
  void tell_watchers(members what, context& cx);
  void publish_everybody(context& cx);
  void remove(const node_ref& node, context& cx);
  void let_go(const actor_ref& agent, context& cx);
  [[nodiscard]] members everybody(time_point now) const;
  void stamp(members& what, time_point now) const;

  directory_config config_;
  election election_;
  bool was_young_ = true;
  time_point awake_at_; ///< Of the last event.
  time_point told_at_;  ///< News, last.
  time_point store_heard_at_;
  std::uint64_t version_ = 0;
  std::map<node_ref, member> added_;  ///< Not told yet.
  std::set<node_ref> removed_;        ///< The same.
  std::optional<time_point> tell_at_; ///< Those.
  std::map<node_ref, entry> entries_;
  std::set<actor_ref> watchers_;
  std::uint64_t epochs_begun_ = 0;
  std::uint64_t leases_expired_ = 0;
  std::uint64_t services_refused_ = 0;
  std::uint64_t unsaid_refusals_ = 0;
  std::optional<time_point> refusal_told_at_;
};

} // namespace troupe
