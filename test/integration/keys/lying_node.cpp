// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/assembly/node_roles.hpp"
#include "apps/troupe/key_options.hpp"
#include "messages/registry.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/bus/actor_system.hpp"
#include "runtime/bus/bus.hpp"
#include "runtime/codec/type_entry.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <cstdio>
#include <future>
#include <string>

using namespace troupe;

namespace {

/// What the directory says to a join.
std::string text_of(const delivery& answer) {
  if (answer.body.as<joined>() != nullptr) {
    return "joined";
  }
  return std::to_string(static_cast<int>(answer.why.code)) + " " + answer.why.field + ": "
         + answer.why.text;
}

service_role offered(const std::string& name) {
  return name == "planner" ? service_role::planner : service_role::router;
}

} // namespace

/// A node with its certificate in KEYS that asks the directory at ENDPOINT to be a member with an
/// actor of a role, which may be another than its certificate's, and prints the answer:
///   lying_node KEYS CLUSTER ENDPOINT CERTIFIED OFFERED
int main(int argc, char** argv) {
  if (argc != 6) {
    return 2;
  }
  app_config config;
  config.keys = argv[1];
  config.cluster = argv[2];
  config.bus_listen = "127.0.0.1:0";
  const auto name = name_by_keys(config);
  const auto roles = parse_node_roles(argv[4]);
  if (!name || !roles) {
    return 2;
  }
  config.name = *name;
  const auto how = make_link_options(config, *roles, {});
  auto over = how ? make_zmq_transport(how->over) : result<std::unique_ptr<transport>>(how.err());
  if (!over) {
    std::fprintf(stderr, "%s\n", over.err().text.c_str());
    return 2;
  }

  caf::actor_system_config threads;
  caf::actor_system system((configure_actors(threads, 1), threads));
  const node_ref self{.node = {hash64(as_bytes_view(*name))}, .life = {1}};
  auto links = bus::start(
      {.self = self, .name = *name, .cluster = config.cluster, .security = how->security},
      make_table(registry{}), *std::move(over));
  std::promise<std::string> told;
  actor_ref me;
  const auto actor = system.spawn([&](caf::event_based_actor*) -> caf::behavior {
    return {[&](const peer_up& who) {
              member said{.node = self, .name = *name, .endpoints = links->endpoints()};
              said.services.push_back({.role = offered(argv[5]), .actor = me});
              links->send(me, {.to = who.named.at("directory"),
                               .what = delivery::kind::request,
                               .request_id = 1,
                               .body = message::of(join{.me = std::move(said)})});
            },
            [](const peer_down&) {}, [](const down&) {},
            [&](const delivery& answer) {
              if (answer.what == delivery::kind::response || answer.body.as<joined>() != nullptr) {
                told.set_value(text_of(answer));
              }
            }};
  });
  me = links->attach(actor, "");
  links->subscribe(actor);
  links->connect(std::string("tcp://") + argv[3]);
  auto answer = told.get_future();
  const bool came = answer.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
  std::printf("%s\n", came ? answer.get().c_str() : "no answer");
  links->stop();
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  return came ? 0 : 1;
}
