// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/integration/bus/zmq_node.hpp"

#include <unistd.h>
#include <utility>

namespace troupe::test {

namespace {

class ear : public caf::event_based_actor {
public:
  ear(caf::actor_config& config, std::shared_ptr<inbox> to, std::function<void(const delivery&)> f)
      : caf::event_based_actor(config), to_(std::move(to)), on_message_(std::move(f)) {}

  caf::behavior make_behavior() override {
    return {
        [this](const delivery& what) { hear(what); },
        [this](const deliveries& many) {
          for (const auto& what : many.all) {
            hear(what);
          }
        },
        [this](const down& what) { to_->put([&](heard& all) { all.downs.push_back(what); }); },
        [this](const peer_up& what) { to_->put([&](heard& all) { all.ups.push_back(what); }); },
        [this](const peer_down& what) {
          to_->put([&](heard& all) { all.losses.push_back(what); });
        },
    };
  }

private:
  void hear(const delivery& what) {
    if (what.hold && !what.hold->alive()) {
      return;
    }
    if (on_message_) {
      on_message_(what);
    } else {
      to_->put([&](heard& all) { all.messages.push_back(what); });
    }
  }

  std::shared_ptr<inbox> to_;
  std::function<void(const delivery&)> on_message_;
};

} // namespace

zmq_node::zmq_node(std::uint64_t id, bus_options how)
    : system((configure_actors(config, 1), config)) {
  how.self = {node_id{id}, incarnation{static_cast<std::uint64_t>(::getpid()) * 64 + id}};
  auto frames = make_zmq_transport({.seed = how.self.life.value});
  if (frames) {
    auto disturbable = std::make_unique<faulty_transport>(*std::move(frames), how.self.life.value);
    over = disturbable.get();
    links = bus::start(how, bus_test_table(), std::move(disturbable));
  }
}

zmq_node::zmq_node(std::uint64_t id, key_ring& ring, const keys::node_keys& mine,
                   const admission::limits& admits)
    : system((configure_actors(config, 1), config)), security(ring.security(mine)) {
  gate = std::make_shared<admission>(security->keys, admits);
  security->proved = [gate = gate](const keys::public_key& key) {
    gate->proved(key);
  };
  security->audit = {}; // The ring's list is for one thread.
  const node_ref self{node_id{id}, incarnation{static_cast<std::uint64_t>(::getpid()) * 64 + id}};
  auto frames = make_zmq_transport(
      {.curve = zmq_curve{.secret = mine.link_secret, .gate = gate}, .seed = self.life.value});
  if (frames) {
    links = bus::start({.self = self, .name = node_name(id), .security = security},
                       bus_test_table(), *std::move(frames));
  }
}

zmq_node::~zmq_node() {
  links->stop();
  if (last) {
    end_listener(last);
  }
  last = nullptr;
}

actor_ref zmq_node::spawn(const std::string& name, runs where) {
  last = system.spawn<ear>(ears, on_message);
  return links->attach(last, name, where);
}

} // namespace troupe::test
