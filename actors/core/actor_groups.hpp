// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/outbox.hpp"
#include "messages/limits.hpp"
#include "messages/membership.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <set>

namespace troupe {

/// The actors of the cluster by what they do for others: a group is whoever has a role, wherever it
/// runs. Kept from `members`; what an actor of this process would be sent is no different.
/// Bounds: members_max nodes. Thread: inside the actor. Checked:
/// test/unit/membership/actor_groups_test.cpp
class actor_groups {
public:
  void apply(const members& what) {
    for (const auto& gone : what.removed) {
      forget(gone);
    }
    for (const auto& who : what.added) {
      forget(who.node);
      if (nodes_.size() >= limits::members_max) {
        continue;
      }
      nodes_.insert(who.node);
      for (const auto& one : who.services) {
        groups_[one.role].insert(one.actor);
      }
    }
  }

  /// In order of their refs; the same everywhere once the lists of members agree.
  [[nodiscard]] const std::set<actor_ref>& of(service_role role) const {
    static const std::set<actor_ref> nobody;
    const auto found = groups_.find(role);
    return found == groups_.end() ? nobody : found->second;
  }
  [[nodiscard]] bool has(service_role role, const actor_ref& who) const {
    return of(role).contains(who);
  }

  /// One of them: on that node if it has one, else chosen by `number`, equal for equal numbers.
  /// Nobody: the group is empty.
  [[nodiscard]] actor_ref pick(service_role role, const node_ref& near,
                               std::uint64_t number) const {
    const auto& all = of(role);
    if (all.empty()) {
      return {};
    }
    const auto at_home = all.lower_bound({.node = near});
    if (at_home != all.end() && at_home->node == near) {
      return *at_home;
    }
    return *std::next(all.begin(), static_cast<std::ptrdiff_t>(number % all.size()));
  }

  /// Tells all of them the same; says how many.
  template <bus_message M>
  std::size_t tell(service_role role, const M& what, outbox& out) const {
    const auto& all = of(role);
    const auto shared = message::of(what);
    for (const auto& who : all) {
      out.tell_any(who, shared);
    }
    return all.size();
  }

  [[nodiscard]] std::size_t node_count() const { return nodes_.size(); }

private:
  void forget(const node_ref& node) {
    if (nodes_.erase(node) > 0) {
      for (auto& [role, all] : groups_) {
        std::erase_if(all, [&](const actor_ref& who) { return who.node == node; });
      }
    }
  }

  std::set<node_ref> nodes_;
  std::map<service_role, std::set<actor_ref>> groups_;
};

} // namespace troupe
