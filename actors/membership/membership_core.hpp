// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/core.hpp"
#include "actors/directory/election.hpp"
#include "actors/membership/member_views.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

struct membership_config {
  std::string name = "node";
  duration reconnect_min = 20ms;
  duration reconnect_max = 1s;
  duration settle = 1s; ///< A directory just reached may not know yet who else is back.
  duration grace = 3s;  ///< What a lost directory said counts on so long.
  std::size_t directories_max = 16;
  directory_mutants mutants;
};

struct membership_stats {
  std::size_t members = 0;
  std::size_t directories = 0;
  std::uint64_t epoch = 0;
};

/// What the agent needs of the bus; non-blocking.
class membership_port {
public:
  membership_port() = default;
  membership_port(const membership_port&) = delete;
  membership_port& operator=(const membership_port&) = delete;
  virtual ~membership_port() = default;

  /// Opens links to the seeds that have none; `on_directory` follows for each that is up.
  /// `alone`: no directory is up.
  virtual void connect_seeds(bool alone) = 0;

  /// Opens a link to a directory that another one named, if there is none. Until `forget`.
  virtual void connect_directory(const member& who) = 0;
  virtual void forget_directory(const member& who) = 0;

  /// Links to this node may be opened from now on.
  virtual void learn(const member& who) = 0;
  virtual void unlearn(const member& who) = 0; ///< It is no member any more.
};

/// A process's agent towards the directories: joins each with the process's services, renews the
/// leases, watches, and tells the local actors who is there and which epoch of leadership is the
/// highest. Knows whoever any directory lists, and keeps what it knows while none is there to
/// contradict (member_views.hpp).
/// Checked: test/unit/membership/membership_core_test.cpp, test/sim/directories_test.cpp
class membership_core {
public:
  using handles = message_list<joined, rejoin, members, status_query>;

  membership_core(membership_config config, member me, membership_port& port);

  /// A local actor that wants `members`; told at once what is known.
  void add_listener(const actor_ref& who, context& cx);

  /// The process's services changed (a role was spawned, the HTTP port is known).
  void set_me(member me, context& cx);

  /// A link to a directory is up.
  void on_directory(const actor_ref& who, context& cx);

  void on(const joined& what, context& cx);
  void on(const rejoin& what, context& cx);
  void on(const members& what, context& cx);
  void on(const status_query& what, context& cx);

  void on_response(std::uint64_t request, const delivery& answer, context& cx);
  void on_down(const actor_ref& who, const error& why, context& cx);
  void tick(context& cx);
  [[nodiscard]] std::optional<time_point> next_wake() const;
  void check_invariants() const;

  [[nodiscard]] const std::map<node_ref, member>& known() const { return views_.known(); }
  [[nodiscard]] const leadership& epoch() const { return epoch_; }
  [[nodiscard]] bool is_joined() const;
  [[nodiscard]] bool is_alone() const { return links_.empty(); } ///< No directory is up.
  [[nodiscard]] bool is_linked(const node_ref& directory) const;
  [[nodiscard]] membership_stats stats() const;

  /// Orderly end: the directories need not wait for the lease.
  void leave_now(context& cx);

private:
  struct link {
    actor_ref directory;
    time_point granted_at; ///< Of the lease; min(): none yet.
    duration lease = 3s;
    time_point renew_at;
  };

  void accept(const leadership& what, context& cx);
  void granted(link& by, const leadership& seen, std::uint32_t lease_ms, context& cx);
  void say_join(link& to, context& cx);
  [[nodiscard]] bool holds_lease(time_point now) const;
  void settle_views(context& cx);
  void tell_listeners(members what, context& cx);

  membership_config config_;
  member me_;
  membership_port& port_;
  std::vector<actor_ref> listeners_;
  std::map<actor_ref, link> links_; ///< Directories that are up.
  member_views views_;
  leadership epoch_;
  std::uint64_t version_ = 0;
  duration reconnect_after_;
  std::optional<time_point> reconnect_at_ = time_point{};
};

} // namespace troupe
