// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/kv/kv_link.hpp"

#include "apps/troupe/bench/bench_node.hpp"
#include "runtime/base/clock.hpp"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <unistd.h>

namespace troupe::bench {

namespace {

constexpr const char* any_port = "tcp://127.0.0.1:0";
constexpr const char* peer_name = "pool";
constexpr auto patience = std::chrono::seconds(20);

/// What notes say, by their number. The sender: make room. The pool: there is room, all is there,
/// or it is not to be had.
enum word : std::uint64_t { make_room = 1, has_room = 2, is_whole = 3, has_failed = 4 };

} // namespace

void serve_kv(const peer_process::child_side& up,
              const std::function<std::unique_ptr<kv_holder>()>& load,
              const keys::node_keys* mine) {
  const auto holder = load();
  bench_node node(peer_id, any_port, mine);
  if (holder == nullptr || !node.links) {
    return;
  }
  actor_ref self;
  const auto say = [&](const actor_ref& to, word what) {
    node.links->send(self, {.to = to, .body = message::of(note{.number = what})});
  };
  self = node.spawn(false, peer_name, [&](const delivery& what) {
    if (const auto* block = what.body.as<crate>()) {
      holder->get(static_cast<std::uint32_t>(block->number), block->checksum, block->attachment);
    } else if (what.body.as<note>() != nullptr) {
      holder->expect(
          [&say, to = what.from](bool is_well) { say(to, is_well ? has_room : has_failed); },
          [&say, to = what.from](bool is_well) { say(to, is_well ? is_whole : has_failed); });
    }
  });
  up.ready(node.links->endpoints().front());
  up.until_closed();
  ::_exit(0);
}

struct kv_link::state {
  explicit state(const keys::node_keys* mine) : here(side_id, any_port, mine) {}

  bool wait_for(word what) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, patience, [&] { return heard == what || heard == has_failed; });
    return std::exchange(heard, word{}) == what;
  }
  void hear(word what) {
    const std::lock_guard lock(mutex);
    heard = what;
    changed.notify_all();
  }

  std::mutex mutex; ///< Guards what follows.
  std::condition_variable changed;
  word heard{};
  actor_ref peer;

  actor_ref self;
  bench_node here;
};

kv_link::kv_link(const std::string& endpoint, const keys::node_keys* mine)
    : state_(std::make_unique<state>(mine)) {
  auto& s = *state_;
  if (!s.here.links) {
    return;
  }
  s.self = s.here.spawn(
      false, {},
      [&s](const delivery& what) {
        if (const auto* said = what.body.as<note>()) {
          s.hear(static_cast<word>(said->number));
        }
      },
      [&s](const peer_up& what) {
        const std::lock_guard lock(s.mutex);
        s.peer = what.named.at(peer_name);
        s.changed.notify_all();
      });
  s.here.links->subscribe(s.here.actors.back());
  s.here.links->connect(endpoint);
  std::unique_lock lock(s.mutex);
  s.changed.wait_for(lock, patience, [&] { return static_cast<bool>(s.peer); });
}

kv_link::~kv_link() = default;

bool kv_link::is_connected() const {
  return static_cast<bool>(state_->peer);
}

double kv_link::send(kv_holder& from) {
  auto& s = *state_;
  auto& links = *s.here.links;
  links.send(s.self, {.to = s.peer, .body = message::of(note{.number = make_room})});
  if (!s.wait_for(has_room)) {
    return -1;
  }
  const auto start = machine_clock().now();
  from.give(
      [&](std::uint32_t index, std::uint64_t checksum, const blob& data) {
        links.send(s.self, {.to = s.peer,
                            .body = message::of(
                                crate{.number = index, .checksum = checksum, .attachment = data})});
      },
      [&s](bool is_well) {
        if (!is_well) {
          s.hear(has_failed);
        }
      });
  return s.wait_for(is_whole) ? to_seconds(machine_clock().now() - start) : -1;
}

} // namespace troupe::bench
