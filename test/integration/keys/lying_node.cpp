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

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <future>
#include <string>
#include <utility>

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

class liar final : public caf::event_based_actor {
public:
  liar(caf::actor_config& config, std::function<void(const peer_up&)> on_up,
       std::function<void(const delivery&)> on_delivery)
      : caf::event_based_actor(config),
        on_up_(std::move(on_up)),
        on_delivery_(std::move(on_delivery)) {}

  caf::behavior make_behavior() override {
    return {
        [this](const peer_up& who) { on_up_(who); },
        [](const peer_down&) {},
        [](const down&) {},
        [this](const delivery& what) { on_delivery_(what); },
        [this](const deliveries& many) { std::ranges::for_each(many.all, on_delivery_); },
    };
  }

private:
  std::function<void(const peer_up&)> on_up_;
  std::function<void(const delivery&)> on_delivery_;
};

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
  const auto lie = [&](const peer_up& who) {
    member said{.node = self, .name = *name, .endpoints = links->endpoints()};
    said.services.push_back({.role = offered(argv[5]), .actor = me});
    links->send(me, {.to = who.named.at("directory"),
                     .what = delivery::kind::request,
                     .request_id = 1,
                     .body = message::of(join{.me = std::move(said)})});
  };
  bool is_told = false;
  const auto hear = [&](const delivery& answer) {
    const bool is_answer =
        answer.what == delivery::kind::response || answer.body.as<joined>() != nullptr;
    if (is_answer && !std::exchange(is_told, true)) {
      told.set_value(text_of(answer));
    }
  };
  const auto actor = system.spawn<liar>(lie, hear);
  me = links->attach(actor, "");
  links->subscribe(actor);
  links->connect(argv[3]);
  auto answer = told.get_future();
  const bool came = answer.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
  std::printf("%s\n", came ? answer.get().c_str() : "no answer");
  links->stop();
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  return came ? 0 : 1;
}
