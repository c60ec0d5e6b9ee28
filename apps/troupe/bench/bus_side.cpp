// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/bench_messages.hpp"
#include "apps/troupe/bench/bench_node.hpp"
#include "apps/troupe/bench/contender.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/hash.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <unistd.h>
#include <utility>

namespace troupe::bench {

namespace {

constexpr std::size_t unacknowledged_max_bytes = std::size_t{32} << 20U;
constexpr std::size_t unacknowledged_max = 4096;
constexpr auto patience = std::chrono::seconds(20);

/// What a peer's actor does.
void answer(bus& links, const actor_ref& self, const delivery& what) {
  std::uint64_t number = 0;
  if (const auto* n = what.body.as<note>()) {
    number = n->number;
  } else if (const auto* c = what.body.as<crate>()) {
    const bool fine = c->checksum == 0 || c->checksum == hash64(c->attachment.view());
    number = fine ? c->number : ~0ULL;
  }
  if (number != 0) {
    links.send(self, {.to = what.from,
                      .what = what.what == delivery::kind::request ? delivery::kind::response
                                                                   : delivery::kind::tell,
                      .request_id = what.request_id,
                      .body = message::of(note{.number = number})});
  }
}

/// The measuring actor: hears answers, of which the command's thread waits for some.
class bus_contender final : public contender {
public:
  bus_contender(bench_node& here, const actor_ref& peer, bool inlined, payload how)
      : links_(*here.links), peer_(peer), how_(how) {
    self_ = here.spawn(inlined, {}, [this](const delivery& what) { heard(what); });
  }

  std::vector<double> round_trips(std::size_t count) override {
    std::unique_lock lock(mutex_);
    trips_.clear();
    wanted_ = count;
    lock.unlock();
    ask();
    lock.lock();
    changed_.wait_for(lock, patience, [&] { return trips_.size() >= wanted_; });
    return std::exchange(trips_, {});
  }

  double one_way(std::size_t size, std::size_t count) override {
    const auto many =
        std::max<std::size_t>(2, std::min(unacknowledged_max, unacknowledged_max_bytes / size));
    const blob data(bytes(size, std::byte{'x'}));
    const auto start = machine_clock().now();
    std::uint64_t asked = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const bool asks = i + 1 == count || i % (many / 2) == 0;
      links_.send(self_, {.to = peer_, .body = make(data, asks ? ++asked : 0)});
      if (asks) {
        const auto open = i + 1 == count ? 0U : 2U;
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, patience, [&] { return answered_ + open >= asked; });
      }
    }
    const auto took = machine_clock().now() - start;
    const std::lock_guard lock(mutex_);
    const bool whole = answered_ == asked;
    answered_ = 0;
    return whole ? to_seconds(took) : -1;
  }

private:
  [[nodiscard]] message make(const blob& data, std::uint64_t number) const {
    if (how_ == payload::message) {
      const auto all = data.view();
      return message::of(note{.number = number, .data = bytes(all.begin(), all.end())});
    }
    return message::of(
        crate{.number = number,
              .checksum = how_ == payload::checked_attachment ? hash64(data.view()) : 0,
              .attachment = data});
  }

  void ask() {
    asked_at_ = machine_clock().now();
    links_.send(self_, {.to = peer_,
                        .what = delivery::kind::request,
                        .request_id = ++last_request_,
                        .body = message::of(note{.number = 1}),
                        .deadline = asked_at_ + patience});
  }

  void heard(const delivery& what) {
    const auto now = machine_clock().now();
    const std::unique_lock lock(mutex_);
    if (what.what != delivery::kind::response) {
      ++answered_;
      changed_.notify_all();
      return;
    }
    if (what.why.code != errc::none) {
      std::fprintf(stderr, "bench bus: a request failed: %s\n", what.why.text.c_str());
      trips_.clear();
      wanted_ = 0;
    } else {
      trips_.push_back(to_seconds(now - asked_at_) * 1e6);
    }
    if (trips_.size() < wanted_) {
      ask();
    } else {
      changed_.notify_all();
    }
  }

  bus& links_;
  actor_ref self_;
  actor_ref peer_;
  payload how_;
  time_point asked_at_; ///< Written before the request, read at its answer.
  std::uint64_t last_request_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<double> trips_;
  std::size_t wanted_ = 0;
  std::uint64_t answered_ = 0;
};

void spawn_answering(bench_node& node, bool inlined, const std::string& name, actor_ref& self) {
  self = node.spawn(inlined, name,
                    [&node, &self](const delivery& what) { answer(*node.links, self, what); });
}

} // namespace

void serve_bus(const peer_process::child_side& up, const std::string& listen,
               const keys::node_keys* mine) {
  bench_node node(peer_id, listen, mine);
  if (!node.links) {
    return;
  }
  actor_ref scheduled;
  actor_ref inlined;
  spawn_answering(node, false, "scheduled", scheduled);
  spawn_answering(node, true, "inlined", inlined);
  up.ready(node.links->endpoints().front());
  up.until_closed();
  ::_exit(0);
}

struct bus_side::state {
  state(const std::string& listen, const keys::node_keys* mine) : here(side_id, listen, mine) {}

  bench_node here;
  actor_ref local;
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, actor_ref> peers;
};

bus_side::bus_side(const std::string& endpoint, const std::string& listen,
                   const keys::node_keys* mine)
    : state_(std::make_unique<state>(listen, mine)) {
  auto& s = *state_;
  if (!s.here.links) {
    return;
  }
  spawn_answering(s.here, false, {}, s.local);
  s.here.spawn(
      false, {}, [](const delivery&) {},
      [&s](const peer_up& what) {
        const std::lock_guard lock(s.mutex);
        s.peers = what.named;
        s.changed.notify_all();
      });
  s.here.links->subscribe(s.here.actors.back());
  s.here.links->connect(endpoint);
  std::unique_lock lock(s.mutex);
  s.changed.wait_for(lock, patience, [&] { return !s.peers.empty(); });
}

bus_side::~bus_side() = default;

bool bus_side::connected() const {
  return !state_->peers.empty();
}

std::unique_ptr<contender> bus_side::scheduled(payload how) {
  return std::make_unique<bus_contender>(state_->here, state_->peers.at("scheduled"), false, how);
}

std::unique_ptr<contender> bus_side::inlined() {
  return std::make_unique<bus_contender>(state_->here, state_->peers.at("inlined"), true,
                                         payload::message);
}

std::unique_ptr<contender> bus_side::local() {
  return std::make_unique<bus_contender>(state_->here, state_->local, false, payload::message);
}

} // namespace troupe::bench
