// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/simulation/checked_node.hpp"
#include "messages/leadership.hpp"
#include "runtime/base/clock.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// What must hold of several directories and their members at every event, whatever happens to the
/// links and processes between them:
///
///   D1 the epoch that a node's membership or agent counts as the highest never falls;
///   D2 it was begun by the directory that it names, above every epoch that a node that could join
///      it has held for `news_max`;
///   D3 nobody who knew a member loses it unless that member was down, asleep or cut off from a
///      directory lately, or all directories that the one hears have no link to the other;
///   D4 no epoch begins while nothing has happened to the cluster for three leases, but at a
///      directory that is cut off from the last epoch's leader and from whoever is not: it hears of
///      that epoch by others, and of nobody who holds its lease.
///
/// And once nothing is broken any more: D5 every view names exactly the processes that run; D6 one
/// directory leads and every node holds its epoch; D7 every planner can order every agent.
/// Thread: the driver's. Checked: test/sim/directories_test.cpp
class directory_checks {
public:
  using nodes = std::vector<const checked_node*>; ///< All outlive the checks.

  static constexpr duration lease = 3s;
  static constexpr duration news_max = 2s;

  /// The first `seeds` nodes are those that all others try to reach.
  directory_checks(nodes all, std::size_t seeds, std::function<void(const std::string&)> fail)
      : nodes_(std::move(all)), seeds_(seeds), fail_(std::move(fail)), seen_(nodes_.size()) {}

  /// Something happens to that node, which excuses its absence until then and for two leases more.
  void blame(std::size_t node, time_point until);
  /// Something happens to the cluster.
  void shaken(time_point now) { shaken_at_ = std::max(shaken_at_, now); }
  /// Its actors do not run until then.
  void asleep(std::size_t node, time_point until);
  void cut(std::size_t from, std::size_t to);
  void healed(time_point now);
  /// Frames between them got lost or came late: as if a cut had just healed.
  void disturbed(std::size_t a, std::size_t b, time_point now);
  void healed(std::size_t a, std::size_t b, time_point now);
  [[nodiscard]] bool is_cut(std::size_t a, std::size_t b) const;

  void after_event(time_point now);
  void after_event(std::size_t at, time_point now); ///< When nothing ran elsewhere.

  /// D5; `runs`: nodes that are up and awake.
  void check_views(const std::set<std::size_t>& runs);
  /// D6.
  void check_leader(const std::set<std::size_t>& runs);
  /// D7.
  void check_plans(const std::set<std::size_t>& runs);

  [[nodiscard]] std::uint64_t epochs_begun() const { return begun_.size(); }

private:
  /// What a node held after the last event.
  struct memory {
    node_ref self;
    leadership epoch;
    leadership agent_epoch;
    time_point epoch_since;
    std::set<node_ref> known;
  };

  [[nodiscard]] bool hear_different(std::size_t a, std::size_t b) const;
  [[nodiscard]] bool is_excused(std::size_t node, time_point now) const;
  [[nodiscard]] bool may_hear_holders(std::size_t at, const node_ref& leader) const;
  void check_epoch(std::size_t at, time_point now);
  void check_begin(std::size_t at, time_point now);
  void check_known(std::size_t at, time_point now);
  [[nodiscard]] std::string name_of(const node_ref& who) const;
  [[nodiscard]] std::string text_of(const leadership& epoch) const;

  nodes nodes_;
  std::size_t seeds_;
  std::function<void(const std::string&)> fail_;
  std::vector<memory> seen_;
  std::map<leadership, time_point> begun_;
  std::map<std::size_t, time_point> blamed_until_;
  std::map<std::size_t, time_point> asleep_until_;
  std::set<std::pair<std::size_t, std::size_t>> cuts_;
  std::map<std::pair<std::size_t, std::size_t>, time_point> linked_since_;
  time_point shaken_at_ = time_point{};
};

} // namespace troupe
