// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/sim_network.hpp"
#include "test/unit/bus/bus_fixture.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

/// A node on the simulated network, whose actors run when the test says so.
namespace troupe::test {

struct node {
  node(sim_network& net, std::uint64_t id, bus_options how = {},
       type_table types = bus_test_table())
      : system((configure_actors_for_testing(config), config)) {
    how.self = {node_id{id}, incarnation{id * 1000 + ++lives}};
    how.name = "node" + std::to_string(id);
    links = bus::start(how, std::move(types), net.attach(how.self));
  }
  ~node() {
    links->stop();
    for (const auto& each : spawned) {
      end_listener(each);
    }
    run();
  }

  actor_ref spawn(const std::string& name = {}) {
    ears = std::make_shared<heard>();
    last = spawn_listener(system, ears);
    spawned.push_back(last);
    run();
    return links->attach(last, name);
  }
  void run() { dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler()).run(); }
  [[nodiscard]] std::string endpoint() const { return links->endpoints().front(); }

  static inline std::uint64_t lives = 0;
  caf::actor_system_config config;
  caf::actor_system system;
  std::unique_ptr<bus> links;
  std::shared_ptr<heard> ears;
  caf::actor last;
  std::vector<caf::actor> spawned;
};

} // namespace troupe::test
