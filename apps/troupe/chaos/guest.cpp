// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/chaos/guest.hpp"

#include "messages/registry.hpp"
#include "runtime/bus/bus.hpp"
#include "runtime/bus/link_zmq.hpp"
#include "runtime/codec/type_entry.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace troupe::chaos {

namespace {

constexpr auto farewell_max = 1s;

class doorman final : public caf::event_based_actor {
public:
  struct handlers {
    std::function<void(const peer_up&)> up;
    std::function<void(const delivery&)> message;
  };
  doorman(caf::actor_config& config, handlers on)
      : caf::event_based_actor(config), on_(std::move(on)) {}
  caf::behavior make_behavior() override {
    return {
        [this](const delivery& what) { on_.message(what); },
        [this](const deliveries& many) { std::ranges::for_each(many.all, on_.message); },
        [](const down&) {},
        [this](const peer_up& what) { on_.up(what); },
        [](const peer_down&) {},
    };
  }

private:
  handlers on_;
};

class idler final : public caf::event_based_actor {
public:
  using caf::event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    return {
        [](const delivery&) {},
        [](const deliveries&) {},
        [](const down&) {},
    };
  }
};

} // namespace

struct guest::state {
  state(caf::actor_system& system, plan what) {
    auto over = make_zmq_transport({.seed = what.id});
    if (!over) {
      return;
    }
    me.node = {node_id{what.id}, incarnation{what.id}};
    me.name = "guest-" + std::to_string(what.id);
    links = bus::start(
        {.self = me.node, .name = me.name, .cluster = what.cluster, .limits = {.heartbeat = 40ms}},
        make_table(registry{}), std::move(*over));
    me.endpoints = links->endpoints();
    actors.push_back(
        system.spawn<doorman>(doorman::handlers{[this](const peer_up& peer) { met(peer); },
                                                [this](const delivery& said) {
                                                  heard(said);
                                                }}));
    self = links->attach(actors.back(), "guest");
    for (std::size_t i = 0; i < what.services; ++i) {
      actors.push_back(system.spawn<idler>());
      me.services.push_back(
          {.role = service_role::cache_shard, .actor = links->attach(actors.back(), {})});
    }
    links->subscribe(actors.front());
  }

  ~state() {
    if (links == nullptr) {
      return;
    }
    farewell();
    links->stop();
    for (const auto& each : actors) {
      caf::anon_send_exit(each, caf::exit_reason::kill);
    }
    // They use what is about to go.
    caf::scoped_actor waiter(actors.front()->home_system());
    for (auto& each : actors) {
      waiter->wait_for(each);
    }
  }

  void met(const peer_up& peer) {
    const auto found = peer.named.find("directory");
    if (found == peer.named.end()) {
      return;
    }
    {
      const std::lock_guard lock(mutex);
      directory = found->second;
    }
    links->send(self, {.to = found->second, .body = message::of(troupe::join{.me = me})});
    links->send(self, {.to = found->second, .body = message::of(watch{})});
  }

  void heard(const delivery& said) {
    const auto* news = said.body.as<members>();
    const std::lock_guard lock(mutex);
    is_joined = is_joined || said.body.as<joined>() != nullptr;
    has_left =
        has_left
        || (news != nullptr && std::ranges::find(news->removed, me.node) != news->removed.end());
    changed.notify_all();
  }

  // What comes by a session that ends before it is read counts for nothing.
  void farewell() {
    std::unique_lock lock(mutex);
    if (!is_joined) {
      return;
    }
    lock.unlock();
    links->send(self, {.to = directory, .body = message::of(leave{.node = me.node})});
    lock.lock();
    changed.wait_for(lock, farewell_max, [&] { return has_left; });
  }

  member me;
  std::unique_ptr<bus> links;
  std::vector<caf::actor> actors;
  actor_ref self;

  std::mutex mutex;
  std::condition_variable changed;
  actor_ref directory;
  bool is_joined = false;
  bool has_left = false;
};

guest::guest(caf::actor_system& actors, plan what)
    : state_(std::make_unique<state>(actors, std::move(what))) {
}

guest::~guest() = default;

bool guest::join(const std::string& endpoint, duration patience) {
  if (state_->links == nullptr) {
    return false;
  }
  state_->links->connect(endpoint);
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, patience, [&] { return state_->is_joined; });
}

} // namespace troupe::chaos
