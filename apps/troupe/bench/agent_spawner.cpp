// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/listener.hpp"
#include "apps/troupe/bench/spawner.hpp"
#include "messages/leadership.hpp"
#include "messages/registry.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/bus/actor_system.hpp"
#include "runtime/bus/bus.hpp"
#include "runtime/bus/link_zmq.hpp"
#include "runtime/codec/type_entry.hpp"
#include "runtime/process/system.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <utility>

namespace troupe::bench {

namespace {

constexpr auto patience = std::chrono::seconds(20); ///< For one.

/// Of all orders. No planner runs there, so no other epoch is higher.
constexpr leadership epoch{1'000'000, {node_id{1}, incarnation{1}}};

struct actors_config : caf::actor_system_config {
  actors_config() { configure_actors(*this, 2); }
};

class agent_spawner final : public spawner {
public:
  explicit agent_spawner(const std::string& endpoint) : actors_(config_) {
    const auto seed = process::random_u64();
    auto over = make_zmq_transport({.seed = seed});
    if (!over) {
      return;
    }
    links_ = bus::start(
        {.self = {node_id{seed}, incarnation{seed}}, .name = "spawner", .cluster = spawn_cluster},
        make_table(registry{}), *std::move(over));
    ear_ = actors_.spawn<listener>([this](const delivery& what) { heard(what); },
                                   [this](const peer_up& what) { met(what); });
    self_ = links_->attach(ear_);
    links_->subscribe(ear_);
    links_->connect(endpoint);
  }

  ~agent_spawner() override {
    if (links_) {
      links_->stop();
      caf::anon_send_exit(ear_, caf::exit_reason::kill);
      caf::scoped_actor(actors_)->wait_for(ear_); // It uses what is about to go.
    }
  }

  std::vector<double> spawns(std::size_t count) override {
    std::unique_lock lock(mutex_);
    times_.clear();
    ended_ = 0;
    if (!wait(lock, [&] { return static_cast<bool>(agent_); })) {
      return {};
    }
    while (ended_ < count) {
      const auto wanted = ended_ + 1;
      begin();
      if (!wait(lock, [&] { return ended_ == wanted; })) {
        break;
      }
    }
    times_.resize(std::min(times_.size(), ended_));
    return times_;
  }

private:
  template <class F>
  bool wait(std::unique_lock<std::mutex>& lock, F done) {
    changed_.wait_for(lock, patience, [&] { return done() || !failure_.empty(); });
    if (!done()) {
      std::fprintf(stderr, "bench bus: a spawn failed: %s\n",
                   failure_.empty() ? "no answer" : failure_.c_str());
    }
    return done();
  }

  void begin() {
    slot_ = "spawned-" + std::to_string(++last_slot_);
    began_ = machine_clock().now();
    links_->send(self_, {.to = agent_,
                         .what = delivery::kind::request,
                         .request_id = ++last_request_,
                         .body = message::of(
                             spawn{.slot = slot_, .want = {.roles = "cache"}, .monitor = true}),
                         .deadline = began_ + patience});
  }

  void end() {
    links_->send(self_, {.to = agent_,
                         .what = delivery::kind::request,
                         .request_id = ++last_request_,
                         .body = message::of(order{.epoch = epoch.number,
                                                   .node = agent_.node.life,
                                                   .slot = slot_,
                                                   .expected_generation = 1,
                                                   .act = slot_act::kill,
                                                   .leader = epoch.leader}),
                         .deadline = machine_clock().now() + patience});
  }

  void met(const peer_up& what) {
    const auto found = what.named.find("agent");
    if (found != what.named.end()) {
      const std::lock_guard lock(mutex_);
      agent_ = found->second;
      changed_.notify_all();
    }
  }

  void heard(const delivery& what) {
    const auto now = machine_clock().now();
    const std::lock_guard lock(mutex_);
    if (what.why.code != errc::none) {
      failure_ = what.why.text;
    } else if (const auto* no = what.body.as<order_refused>()) {
      failure_ = no->why.text;
    } else if (what.body.as<spawn_done>() != nullptr) {
      times_.push_back(to_seconds(now - began_) * 1e6);
      end();
      return;
    } else if (what.body.as<spawn_ended>() != nullptr) {
      ++ended_;
    } else {
      return;
    }
    changed_.notify_all();
  }

  actors_config config_;
  std::unique_ptr<bus> links_; ///< Outlives the actors, which end in their own time.
  caf::actor_system actors_;
  caf::actor ear_;
  actor_ref self_;

  std::mutex mutex_;
  std::condition_variable changed_;
  actor_ref agent_;
  std::string slot_;
  std::string failure_;
  time_point began_;
  std::vector<double> times_;
  std::size_t ended_ = 0;
  std::uint64_t last_slot_ = 0;
  std::uint64_t last_request_ = 0;
};

} // namespace

std::unique_ptr<spawner> make_agent_spawner(const std::string& endpoint) {
  return std::make_unique<agent_spawner>(endpoint);
}

} // namespace troupe::bench
