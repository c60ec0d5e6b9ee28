// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/integration/bus/zmq_node.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <thread>

using namespace troupe;
using namespace troupe::test;

namespace {

using steady = std::chrono::steady_clock;

/// Two nodes that have met; the second's actors note in which threads they ran.
struct lending {
  lending() {
    at_a = a.spawn();
    a.links->subscribe(a.last);
  }

  /// An actor of b that takes `time` for each note and then counts it.
  actor_ref spawn(const std::string& name, std::chrono::microseconds time,
                  runs where = runs::scheduled) {
    b.on_message = [this, name, time](const delivery&) {
      std::this_thread::sleep_for(time);
      {
        const std::lock_guard lock(mutex);
        ++turns[name][std::this_thread::get_id()];
      }
      b.ears->put([](heard& all) { all.downs.push_back({}); });
    };
    return b.spawn(name, where);
  }

  bool meet() {
    a.links->connect(b.endpoint());
    return a.ears->wait([](const heard& all) { return !all.ups.empty(); });
  }

  bool tell(const actor_ref& to) {
    a.links->send(at_a, {.to = to, .body = message::of(note{})});
    ++told;
    return b.ears->wait([this](const heard& all) { return all.downs.size() >= told; });
  }

  std::map<std::thread::id, int> threads_of(const std::string& name) {
    const std::lock_guard lock(mutex);
    return turns[name];
  }

  std::mutex mutex;
  std::map<std::string, std::map<std::thread::id, int>> turns;
  std::size_t told = 0;
  actor_ref at_a;
  zmq_node a{1};
  zmq_node b{2};
};

} // namespace

TEST_CASE("an actor that was woken by a lone message runs in the thread that received it") {
  lending rig;
  const auto scheduled = rig.spawn("scheduled", 0us);
  const auto inlined = rig.spawn("inlined", 0us, runs::inlined);
  const auto pooled = rig.spawn("pooled", 0us, runs::pooled);
  REQUIRE(rig.meet());
  for (int i = 0; i < 20; ++i) {
    REQUIRE(rig.tell(scheduled));
    REQUIRE(rig.tell(inlined));
    REQUIRE(rig.tell(pooled));
  }
  int in_receiver = 0;
  for (const auto& [thread, turns] : rig.threads_of("scheduled")) {
    in_receiver += rig.threads_of("inlined").contains(thread) ? turns : 0;
  }
  CHECK(in_receiver > 0);
  for (const auto& [thread, turns] : rig.threads_of("pooled")) {
    CHECK_FALSE(rig.threads_of("inlined").contains(thread));
  }
}

TEST_CASE("an actor that takes its time keeps nobody waiting, and goes elsewhere from then on") {
  lending rig;
  const auto slow = rig.spawn("slow", 300ms);
  const auto quick = rig.spawn("quick", 0us);
  const auto inlined = rig.spawn("inlined", 0us, runs::inlined);
  REQUIRE(rig.meet());
  REQUIRE(rig.tell(inlined));
  rig.a.links->send(rig.at_a, {.to = slow, .body = message::of(note{})});
  std::this_thread::sleep_for(20ms);
  const auto begun = steady::now();
  REQUIRE(rig.tell(quick));
  CHECK(steady::now() - begun < 200ms);
  REQUIRE(rig.b.ears->wait([](const heard& all) { return all.downs.size() == 3; }));
  rig.told = 3;
  std::this_thread::sleep_for(50ms); // Its turn ends after what it counted.
  const auto first = rig.threads_of("slow").begin()->first;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(rig.tell(slow));
    REQUIRE(rig.tell(inlined));
  }
  for (const auto& [thread, turns] : rig.threads_of("slow")) {
    const bool receives = rig.threads_of("inlined").contains(thread);
    CHECK(turns - (thread == first ? 1 : 0) <= (receives ? 0 : 3));
  }
  CHECK(rig.a.ears->copy().losses.empty());
}

TEST_CASE("a process whose actor never returns hears and answers as before") {
  lending rig;
  std::atomic<bool> goes_on{false};
  rig.b.on_message = [&](const delivery&) {
    while (!goes_on) {
      std::this_thread::sleep_for(1ms);
    }
  };
  const auto stuck = rig.b.spawn("stuck");
  const auto quick = rig.spawn("quick", 0us, runs::inlined); // Whoever leads runs it.
  REQUIRE(rig.meet());
  rig.a.links->send(rig.at_a, {.to = stuck, .body = message::of(note{})});
  for (int i = 0; i < 50; ++i) {
    REQUIRE(rig.tell(quick));
    std::this_thread::sleep_for(50ms); // Longer than any patience with a silent peer.
  }
  CHECK(rig.a.ears->copy().losses.empty());
  goes_on = true;
}

TEST_CASE("a bus ends while an actor runs in its thread") {
  for (int round = 0; round < 20; ++round) {
    lending rig;
    const auto busy = rig.spawn("busy", std::chrono::microseconds(round * 200));
    REQUIRE(rig.meet());
    rig.a.links->send(rig.at_a, {.to = busy, .body = message::of(note{})});
    std::this_thread::sleep_for(std::chrono::microseconds(round * 100));
    rig.b.links->stop();
  }
}
