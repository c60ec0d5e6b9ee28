// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/admin/admin_core.hpp"
#include "actors/assembly/node_links.hpp"
#include "actors/assembly/node_roles.hpp"
#include "actors/assembly/polled_store.hpp"
#include "actors/cache_shard/cache_shard_core.hpp"
#include "actors/console/console_core.hpp"
#include "actors/directory/directory_core.hpp"
#include "actors/gateway/gateway_core.hpp"
#include "actors/membership/membership_core.hpp"
#include "actors/node/node_core.hpp"
#include "actors/planner/planner_core.hpp"
#include "actors/router/router_core.hpp"
#include "actors/shell/core_shell.hpp"
#include "actors/worker/worker_core.hpp"
#include "runtime/observe/log_tail.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace troupe {

/// What a process of the cluster shall be. The same for real and simulated ones.
struct node_plan {
  node_roles roles = 0;
  std::string name;
  seed_list seeds; ///< Directories to join.
  std::uint64_t cluster_secret = 0;
  std::uint16_t http_port = 0;
  std::uint16_t admin_port = 0;
  std::int64_t pid = 0;

  directory_config directory;
  router_config router;
  gateway_config gateway;
  worker_limits worker;
  node_config agent;
  membership_config membership;
  cache_shard_config cache;
  console_config console;

  router_mutants broken_router;
  gateway_mutants broken_gateway;
  worker_mutants broken_worker;
};

/// What the roles need that is no actor. Each is required by its role and outlives the parts.
struct node_ports {
  std::shared_ptr<engine::engine_host> engine; ///< Of prefill and decode.
  std::shared_ptr<const model_card> card;      ///< Of prefill and decode.
  client_sink* clients = nullptr;              ///< Of the gateway.
  text_registry* texts = nullptr;              ///< Of the gateway.
  std::shared_ptr<card_reader> cards;          ///< Of the gateway.
  launcher* launch = nullptr;                  ///< Of the agent.
  console_port* terminal = nullptr;            ///< Of the shell.

  std::function<std::uint64_t()> resident_bytes; ///< Of the process; optional.
  std::function<result<void>(const node_ref&, const disturbance&)> disturb; ///< As admin_ports'.
  std::function<void()> crash;                                              ///< The same.
  audit_sink audit; ///< Where operators' doings are written; optional.

  std::shared_ptr<process::name_resolver> names; ///< Where seeds are names.
  std::shared_ptr<polled_store> store;           ///< Of the directory; nobody else listens to it.
  observe::logger log;
  std::shared_ptr<observe::log_tail> log_tail; ///< Of `log`, for operators; may be null.
};

/// The actors of one process, spawned by its roles and joined to the cluster.
///
/// Role: made once per process or simulated node after its bus; ended by `end`, or with the whole
/// actor system. Thread: the one that makes it; the members may be posted to from any.
/// Checked: test/sim/cluster_test.cpp
class node_parts {
public:
  node_parts(caf::actor_system& system, const world& where, const node_plan& plan,
             const node_ports& ports);
  ~node_parts();
  node_parts(const node_parts&) = delete;
  node_parts& operator=(const node_parts&) = delete;

  std::optional<spawned<directory_core>> directory; ///< Also without the role, beside a store.
  std::optional<spawned<planner_core>> planner;
  std::optional<spawned<node_core>> agent;
  std::optional<spawned<router_core>> router;
  std::optional<spawned<gateway_core>> gateway;
  std::optional<spawned<worker_core>> worker;
  std::optional<spawned<cache_shard_core>> cache;
  std::optional<spawned<membership_core>> membership;
  std::optional<spawned<admin_core>> admin;
  std::optional<spawned<console_core>> console;

  /// Tells the directory about this process again, with the ports it got.
  void announce(std::uint16_t http_port, std::uint16_t admin_port);

  /// Says good-bye to the directory and ends every actor.
  void end();

private:
  void spawn_control(caf::actor_system& system, const world& where, const node_plan& plan,
                     const node_ports& ports);
  void spawn_directory(caf::actor_system& system, const world& where, const node_plan& plan,
                       const node_ports& ports);
  void spawn_gateway(caf::actor_system& system, const world& where, const node_plan& plan,
                     const node_ports& ports);
  void spawn_worker(caf::actor_system& system, const world& where, const node_plan& plan,
                    const node_ports& ports);
  void spawn_membership(caf::actor_system& system, const world& where, const node_plan& plan,
                        const node_ports& ports);
  [[nodiscard]] bool serves_directory(const node_plan& plan) const;
  [[nodiscard]] member describe(const world& where, const node_plan& plan) const;

  std::shared_ptr<polled_store> store_;
  caf::actor link_watcher_;
  std::shared_ptr<const model_card> worker_card_;
  member me_;
};

} // namespace troupe
