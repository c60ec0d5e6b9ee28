// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/core.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace troupe {

struct directory_config {
  std::string name = "directory";
  duration lease = 3s; ///< A node unheard of this long is no member any more.
  std::size_t members_max = limits::members_max;
  std::size_t watchers_max = 8192;
};

/// Keeps who is a member, and the epoch of the leadership that goes with it. The nodes are the
/// truth and this is a cache: everything known goes on working while it is away.
///
/// A new directory is young for one lease: it takes joins and publishes them under epoch 0, learns
/// the highest epoch anybody has seen, and then leads with one more.
/// Checked: test/unit/directory/directory_core_test.cpp
class directory_core {
public:
  using handles = message_list<join, renew, leave, watch, status_query>;

  directory_core(directory_config config, time_point now);

  void on(const join& what, context& cx);
  void on(const renew& what, context& cx);
  void on(const leave& what, context& cx);
  void on(const watch& what, context& cx);
  void on(const status_query& what, context& cx);

  void on_response(std::uint64_t request, const delivery& answer, context& cx);
  void on_down(const actor_ref& who, const error& why, context& cx);
  void tick(context& cx);
  [[nodiscard]] std::optional<time_point> next_wake() const;
  void check_invariants() const;

  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }

private:
  struct entry {
    member who;
    actor_ref agent;
    time_point lease_until;
  };

  void publish(std::vector<member> added, std::vector<node_ref> removed, context& cx);
  void remove(const node_ref& node, context& cx);
  [[nodiscard]] members everybody() const;

  directory_config config_;
  time_point mature_at_;
  std::uint64_t epoch_ = 0;
  std::uint64_t epoch_seen_ = 0;
  std::uint64_t version_ = 0;
  std::map<node_ref, entry> entries_;
  std::set<actor_ref> watchers_;
};

} // namespace troupe
