// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/core.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

struct membership_config {
  std::string name = "node";
  duration reconnect_min = 20ms;
  duration reconnect_max = 1s;
};

/// What the agent needs of the bus; non-blocking.
class membership_port {
public:
  membership_port() = default;
  membership_port(const membership_port&) = delete;
  membership_port& operator=(const membership_port&) = delete;
  virtual ~membership_port() = default;

  /// Opens a link to the directory's endpoint; `on_directory` follows when it is up.
  virtual void connect_directory() = 0;

  /// Links to this node may be opened from now on.
  virtual void learn(const member& who) = 0;
};

/// A process's agent towards the directory: joins with the process's services, renews the lease,
/// watches, and tells the local actors who is there. Keeps the last list while the directory is
/// away; absence from a young directory (epoch 0) removes nobody.
/// Checked: test/unit/membership/membership_core_test.cpp
class membership_core {
public:
  using handles = message_list<joined, rejoin, members, status_query>;

  membership_core(membership_config config, member me, membership_port& port);

  /// A local actor that wants `members`; told at once what is known.
  void add_listener(const actor_ref& who, context& cx);

  /// The process's services changed (a role was spawned, the HTTP port is known).
  void set_me(member me, context& cx);

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

  [[nodiscard]] const std::map<node_ref, member>& known() const { return known_; }
  [[nodiscard]] bool is_joined() const { return joined_; }

  /// Orderly end: the directory need not wait for the lease.
  void leave_now(context& cx);

private:
  void say_join(context& cx);
  void tell_listeners(const members& what, context& cx);

  membership_config config_;
  member me_;
  membership_port& port_;
  std::vector<actor_ref> listeners_;
  std::optional<actor_ref> directory_;
  std::map<node_ref, member> known_;
  std::uint64_t epoch_ = 0;
  std::uint64_t version_ = 0;
  bool joined_ = false;
  duration renew_every_ = 1s;
  duration reconnect_after_;
  std::optional<time_point> wake_ = time_point{};
};

} // namespace troupe
