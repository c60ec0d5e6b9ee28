// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/bench/bench_keys.hpp"
#include "apps/troupe/bench/bench_messages.hpp"
#include "apps/troupe/bench/listener.hpp"
#include "runtime/bus/actor_system.hpp"
#include "runtime/bus/bus.hpp"
#include "runtime/bus/link_zmq.hpp"
#include "runtime/codec/type_entry.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troupe::bench {

/// A bus with the benchmark's messages, and its actors. `links` is null if it cannot listen.
struct bench_node {
  bench_node(std::uint64_t id, const std::string& listen, const keys::node_keys* mine) {
    configure_actors(config, 2);
    system = std::make_unique<caf::actor_system>(config);
    zmq_options way{.listen = {listen}, .seed = id};
    bus_options how{.self = {node_id{id}, incarnation{id + 100}}};
    if (mine != nullptr) {
      auto link = secure(*mine);
      way.curve = std::move(link.curve);
      how.name = mine->me.of.name;
      how.security = std::move(link.security);
    }
    auto over = make_zmq_transport(way);
    if (over) {
      links = bus::start(std::move(how), make_table<note, crate>(), *std::move(over));
    }
  }
  ~bench_node() {
    for (auto& each : actors) {
      caf::anon_send_exit(each, caf::exit_reason::kill);
    }
    actors.clear();
    if (links) {
      links->stop();
    }
  }

  actor_ref spawn(bool inlined, const std::string& name, listener::handler on_delivery,
                  listener::up_handler on_up = {}) {
    actors.push_back(system->spawn<listener>(std::move(on_delivery), std::move(on_up)));
    return links->attach(actors.back(), name, inlined ? runs::inlined : runs::scheduled);
  }

  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  std::unique_ptr<bus> links;
  std::vector<caf::actor> actors;
};

} // namespace troupe::bench
