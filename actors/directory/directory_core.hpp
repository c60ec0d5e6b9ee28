// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/core.hpp"
#include "actors/directory/election.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace troupe {

struct directory_config {
  std::string name = "directory";
  node_ref self;
  duration lease = 3s;  ///< A node unheard of this long is no member any more.
  duration linger = 1s; ///< The same for a node whose link broke: it may be back at once.
  std::size_t members_max = limits::members_max;
  std::size_t watchers_max = 8192;
  directory_mutants mutants;
};

struct directory_stats {
  std::size_t members = 0;
  std::size_t watchers = 0;
  std::uint64_t epoch = 0; ///< The highest seen.
  bool leads = false;
  std::uint64_t epochs_begun = 0;
  std::uint64_t leases_expired = 0;
};

/// Keeps who is a member, and the epoch of the leadership that goes with it. The nodes are the
/// truth and this is a cache: everything known goes on working while it is away. Several may serve
/// a cluster: nodes join all of them, and one leads (election.hpp).
///
/// A new directory is young for one lease: it takes joins and publishes them under epoch 0, and
/// learns the highest epoch anybody has seen. One that did not run for a while gives every lease
/// again.
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

  /// A record of a store says that this member was there lately (directory_store.hpp). As a join,
  /// without a link to watch or answer. False: the directory is full.
  bool observe(const join& what, context& cx);

  /// Members cannot be heard at present: no lease runs meanwhile.
  void excuse_silence(context& cx);

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
  struct entry {
    member who;
    actor_ref agent; ///< Nobody: known from a store.
    time_point lease_until;
    bool is_watched = false;
  };

  void awake(context& cx);
  void excuse(time_point since, context& cx);
  void hear(const node_ref& who, const leadership& seen, bool holds_lease, context& cx);
  bool admit(const join& what, const actor_ref& agent, context& cx);
  [[nodiscard]] joined grant(time_point now) const;
  void settle_election(context& cx);
  [[nodiscard]] std::size_t rank() const;
  void publish(std::vector<member> added, std::vector<node_ref> removed, context& cx);
  void publish_everybody(context& cx);
  void remove(const node_ref& node, context& cx);
  void let_go(const actor_ref& agent, context& cx);
  [[nodiscard]] members everybody(time_point now) const;
  void stamp(members& what, time_point now) const;

  directory_config config_;
  election election_;
  bool was_young_ = true;
  time_point awake_at_; ///< Of the last event.
  std::uint64_t version_ = 0;
  std::map<node_ref, entry> entries_;
  std::set<actor_ref> watchers_;
  std::uint64_t epochs_begun_ = 0;
  std::uint64_t leases_expired_ = 0;
};

} // namespace troupe
