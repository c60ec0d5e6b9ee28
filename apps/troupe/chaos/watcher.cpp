// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/chaos/watcher.hpp"

#include "apps/troupe/bench/bench_messages.hpp"
#include "runtime/bus/actor_system.hpp"
#include "runtime/bus/bus.hpp"
#include "runtime/bus/link_zmq.hpp"
#include "runtime/codec/type_entry.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <array>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace troupe::chaos {

namespace {

constexpr std::size_t pool_threads = 2;
constexpr auto hang_time = 60s; ///< Longer than any trial; the process is killed before.

class ear final : public caf::event_based_actor {
public:
  struct handlers {
    std::function<void(const peer_up&)> up;
    std::function<void(const peer_down&)> down;
  };
  ear(caf::actor_config& config, handlers on)
      : caf::event_based_actor(config), on_(std::move(on)) {}
  caf::behavior make_behavior() override {
    return {
        [](const delivery&) { std::this_thread::sleep_for(hang_time); },
        [](const deliveries&) { std::this_thread::sleep_for(hang_time); },
        [](const down&) {},
        [this](const peer_up& what) { on_.up(what); },
        [this](const peer_down& what) { on_.down(what); },
    };
  }

private:
  handlers on_;
};

struct actors_config : caf::actor_system_config {
  actors_config() { configure_actors(*this, pool_threads); }
};

} // namespace

struct watcher::state {
  explicit state(std::uint64_t id) : system(config) {
    auto over = make_zmq_transport({.seed = id});
    if (!over) {
      return;
    }
    links = bus::start({.self = {node_id{id}, incarnation{id}}, .limits = {.heartbeat = 40ms}},
                       make_table<bench::note>(), *std::move(over));
    links->watch_pool(system);
    for (std::size_t i = 0; i < pool_threads; ++i) {
      actors.push_back(
          system.spawn<ear>(ear::handlers{[this](const peer_up& what) {
                                            const std::lock_guard lock(mutex);
                                            lost.erase(what.node.node.value);
                                            up[what.node.node.value] = what;
                                            changed.notify_all();
                                          },
                                          [this](const peer_down& what) {
                                            const auto now = machine_clock().now();
                                            const std::lock_guard lock(mutex);
                                            note_loss({what.node.node.value, now, what.why.text});
                                          }}));
      self = links->attach(actors.back(), "victim-" + std::to_string(i), runs::pooled);
    }
    links->subscribe(actors.back());
  }
  ~state() {
    for (const auto& each : actors) {
      caf::anon_send_exit(each, caf::exit_reason::kill);
    }
    actors.clear();
    if (links) {
      links->stop();
    }
  }

  void note_loss(loss what) { // Under the mutex.
    up.erase(what.id);
    lost[what.id] = what;
    if (losses.size() < losses_max) {
      losses.push_back(std::move(what));
    }
    changed.notify_all();
  }

  actors_config config;
  caf::actor_system system;
  std::unique_ptr<bus> links;
  std::vector<caf::actor> actors;
  actor_ref self;

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::map<std::uint64_t, peer_up> up;
  std::map<std::uint64_t, loss> lost;
  std::vector<loss> losses;
};

watcher::watcher(std::uint64_t id) : state_(std::make_unique<state>(id)) {
}

watcher::~watcher() = default;

std::string watcher::endpoint() const {
  return state_->links ? state_->links->endpoints().front() : std::string{};
}

void watcher::connect(const std::string& endpoint) {
  state_->links->connect(endpoint);
}

bool watcher::wait_for(std::uint64_t id, duration patience) {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, patience, [&] { return state_->up.contains(id); });
}

std::optional<time_point> watcher::wait_for_loss(std::uint64_t id, duration patience) {
  std::unique_lock lock(state_->mutex);
  if (!state_->changed.wait_for(lock, patience, [&] { return state_->lost.contains(id); })) {
    return std::nullopt;
  }
  return state_->lost.at(id).at;
}

std::string watcher::why_lost(std::uint64_t id) const {
  const std::lock_guard lock(state_->mutex);
  const auto at = state_->lost.find(id);
  return at == state_->lost.end() ? std::string{} : at->second.why;
}

std::vector<watcher::loss> watcher::losses() const {
  const std::lock_guard lock(state_->mutex);
  return state_->losses;
}

void watcher::hang(std::uint64_t id) {
  std::vector<actor_ref> victims;
  {
    const std::lock_guard lock(state_->mutex);
    for (const auto& [name, who] : state_->up.at(id).named) {
      victims.push_back(who);
    }
  }
  for (const auto& who : victims) {
    state_->links->send(state_->self, {.to = who, .body = message::of(bench::note{})});
  }
}

} // namespace troupe::chaos
