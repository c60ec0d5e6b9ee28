// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/directory/directory_core.hpp"
#include "actors/membership/membership_core.hpp"
#include "actors/node/node_core.hpp"
#include "actors/simulation/checked_node.hpp"
#include "actors/simulation/light_actor.hpp"
#include "runtime/base/virtual_time.hpp"
#include "runtime/bus/bus_core.hpp"
#include "runtime/bus/sim_network.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

class light_node;

/// What all light nodes share; outlives them.
struct light_place {
  virtual_time& time;
  sim_network& network;
  type_table types;
  std::map<node_id, type_table> older_types{}; ///< Of nodes of an older version.
  bus_limits limits;
  bus_mutants links;
  directory_mutants directory;
  std::vector<std::string> seeds{}; ///< Endpoints of directories.
  std::uint64_t seed = 0;
  bool with_agents = false;       ///< Each node has the actor that takes orders.
  bool checked = true;            ///< Every core checks its invariants after every event.
  std::vector<light_node*> due{}; ///< Have mail.
  std::function<void(const std::string&)> fail{};
};

/// One process of a simulated cluster without CAF: the bus's core over the simulated network, the
/// cores of directory, membership and agent, and whatever else is attached, in one mailbox.
/// Dispatches as `core_shell` does.
/// Thread: the driver's. Checked: test/sim/bus_test.cpp
class light_node final : public checked_node, private link_events, private membership_port {
public:
  light_node(light_place& place, node_id id, std::string name, bool is_directory);
  ~light_node() override; ///< As `crash`.

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] bool is_up() const override { return core_ != nullptr; }
  [[nodiscard]] const node_ref& self() const override { return self_; }
  [[nodiscard]] const membership_core& membership() const override { return *membership_; }
  [[nodiscard]] const directory_core* directory() const override { return directory_; }
  [[nodiscard]] const node_core* agent() const override { return agent_; }

  [[nodiscard]] node_id id() const { return id_; }
  [[nodiscard]] const bus_core& links() const { return *core_; }
  [[nodiscard]] time_point now() const { return place_.time.now(); }
  [[nodiscard]] std::uint64_t lives() const { return lives_; }

  /// A new incarnation. Requires: not up. `named` makes the actors that members shall know.
  using maker = std::function<void(light_node&)>;
  void start(const maker& named = {});
  void crash();
  void leave(); ///< In good order: the directories are told, then every peer.

  /// What is in the mailbox now and what follows; true if a core of ours ran.
  bool run();
  [[nodiscard]] bool has_mail() const { return !mailbox_.empty(); }

  // --- for its actors
  actor_ref reserve(const std::string& name = {});
  void put(const actor_ref& who, std::unique_ptr<light_actor> what);
  void end(const actor_ref& who);
  [[nodiscard]] bool has(const actor_ref& who) const { return actors_.contains(who.actor); }
  /// True: the bus took it. Requests that it did not take are answered by an error.
  bool send(const actor_ref& from, outgoing what);
  void monitor(const actor_ref& watcher, const actor_ref& who);
  void demonitor(const actor_ref& watcher, const actor_ref& who);
  void wake_at(const actor_ref& who, time_point when); ///< `wake` of that actor follows.
  /// Whether `down` of `who` waits for `watcher` in the mailbox.
  [[nodiscard]] bool has_down(const actor_ref& watcher, const actor_ref& who) const;
  /// The session to that node that stands or is being made; 0: none.
  [[nodiscard]] std::uint64_t session_to(const node_ref& who) const;
  [[nodiscard]] bool stands(std::uint64_t session) const;

  struct ended_session {
    time_point when;
    std::string why;
  };
  /// Of each session that was up and ended, by the nonce of its side here.
  [[nodiscard]] const std::map<std::uint64_t, ended_session>& ended_sessions() const {
    return ended_;
  }
  void set_on_peer_down(std::function<void(const peer_down&)> told) { told_ = std::move(told); }
  /// Actors that members shall know besides its own: before it starts to join, or at any time.
  void announce(std::vector<service> more);

  /// An order in the epoch that this node believes in, to that node's agent.
  void order_of(const light_node& to);

private:
  struct mail {
    post what;
    bool is_wake = false;
  };

  void on_frame(const origin& from, lane way, frame data) override;
  void on_lost(link_no link, const error& why) override;
  void on_wake() override;
  void on_flush() override;

  void connect_seeds(bool alone) override;
  void connect_directory(const member& who) override;
  void forget_directory(const member& who) override;
  void learn(const member& who) override;
  void unlearn(const member& who) override;

  [[nodiscard]] member describe() const;
  template <class C>
  C* add_core(const actor_ref& who, std::unique_ptr<C> core);
  void collect();
  void deliver(mail& what);
  void peer_came(const peer_up& who);
  void peer_left(const peer_down& who);

  light_place& place_;
  node_id id_;
  std::string name_;
  bool is_directory_;
  std::uint64_t lives_ = 0;
  node_ref self_;

  std::unique_ptr<transport> over_;
  std::shared_ptr<wake_gate> gate_;
  std::unique_ptr<bus_core> core_;
  std::map<std::uint64_t, std::unique_ptr<light_actor>> actors_;
  std::deque<mail> mailbox_;
  std::vector<post> spare_;
  bool is_due_ = false;

  std::vector<service> named_;    ///< Of `announce`.
  std::vector<service> services_; ///< Its own.
  actor_ref membership_ref_;
  actor_ref agent_ref_;
  core_actor<membership_core>* membership_actor_ = nullptr;
  membership_core* membership_ = nullptr;
  directory_core* directory_ = nullptr;
  node_core* agent_ = nullptr;
  std::uint64_t watcher_ = 0;                     ///< Subscribed to sessions.
  std::map<std::uint64_t, std::uint64_t> nonces_; ///< By session.
  std::map<std::uint64_t, ended_session> ended_;
  std::function<void(const peer_down&)> told_;
  bool core_ran_ = false;
};

} // namespace troupe
