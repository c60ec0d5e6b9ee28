// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/assembly/node_roles.hpp"
#include "actors/cache_shard/block_store.hpp"
#include "actors/directory/directory_core.hpp"
#include "actors/gateway/client_sink.hpp"
#include "actors/gateway/prepare.hpp"
#include "actors/membership/membership_core.hpp"
#include "actors/node/node_core.hpp"
#include "actors/planner/planner_core.hpp"
#include "actors/simulation/checked_node.hpp"
#include "actors/simulation/sim_keys.hpp"
#include "actors/simulation/sim_model.hpp"
#include "actors/simulation/sim_options.hpp"
#include "actors/simulation/sim_store.hpp"
#include "engine/core/executor.hpp"
#include "runtime/base/virtual_time.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/bus/sim_network.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// What all simulated nodes share; outlives them.
struct sim_place {
  virtual_time& time;
  sim_network& network;
  client_sink& clients;
  mutant_switches mutants;
  std::uint64_t seed = 0;
  bool endless = false;                   ///< Requests have no deadline.
  std::vector<std::string> seeds{};       ///< Endpoints of directories.
  std::shared_ptr<const sim_keys> keys{}; ///< None: links are nobody's.
  fault_points* faults = nullptr;         ///< Of stores; null: they do not fail.
  sim_record_server* records = nullptr;   ///< Where members are written down too; null: nowhere.
  launcher* launch = nullptr;             ///< Of agents; null: they can start nothing.
  /// Whether this step kills that node's process; whoever says so crashes it. Empty: none does.
  std::function<bool(const std::string& node, const engine::step_plan&)> dies_of{};
  std::function<void(const std::string& what)> fail;
};

/// One process of the simulated cluster: a CAF system that runs when told to, a bus over the
/// simulated network, the same actors as a real process has, and a simulated engine.
/// Thread: the driver's. Checked: test/sim
class sim_node final : public checked_node {
public:
  sim_node(const sim_place& place, node_id id, std::string name, node_roles roles);
  ~sim_node() override; ///< As `crash`.

  [[nodiscard]] node_id id() const { return id_; }
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] node_roles roles() const { return roles_; }
  [[nodiscard]] bool is_up() const override { return life_ != nullptr; }

  /// Runs its actors until none has anything to do; says how many ran.
  std::size_t run();

  /// As a killed process: nothing is said to anybody.
  void crash();
  /// A new incarnation. Requires: not up.
  void start();

  /// Of the agent. Requires: up.
  void want(const std::string& slot, const slot_config& what);
  void ended(std::int64_t pid, const process_end& how);

  /// Of the gateway. Requires: up.
  [[nodiscard]] request_id request_of(client_id client) const;
  void submit(client_id client, std::shared_ptr<const prepared> what);
  void client_gone(client_id client, std::function<void()> known);
  void set_client_window(client_id client, bool open);

  /// Property 3: what is left of the work that it had; empty: nothing. Requires: up.
  [[nodiscard]] std::string unquiet() const;
  /// Whether its bus carries nothing at this moment.
  [[nodiscard]] bool is_bus_idle() const;
  /// Property 4, of a router: how its view of that worker's pool, or that shard's store, differs;
  /// empty: not at all.
  [[nodiscard]] std::string view_error(const sim_node& owner) const;
  [[nodiscard]] std::uint64_t replaced() const; ///< Of the gateway.
  [[nodiscard]] std::uint64_t charged() const;  ///< Of the gateway.

  /// For the simulation of directories. Requires: up.
  [[nodiscard]] const node_ref& self() const override;
  [[nodiscard]] const membership_core& membership() const override;
  [[nodiscard]] const directory_core* directory() const override;
  [[nodiscard]] const node_core* agent() const override;
  [[nodiscard]] const planner_core* planner() const override;
  /// Its planner orders something of that node's agent, in the epoch the planner believes in.
  void order(const sim_node& of);

private:
  struct life;

  [[nodiscard]] std::function<bool(const engine::step_plan&)> dies_of() const;
  [[nodiscard]] std::function<bool(store_act)> store_fails() const;

  sim_place place_;
  node_id id_;
  std::string name_;
  node_roles roles_;
  std::uint64_t lives_ = 0;
  std::unique_ptr<life> life_;
};

} // namespace troupe
