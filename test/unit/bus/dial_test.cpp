// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/virtual_time.hpp"
#include "runtime/bus/sim_network.hpp"
#include "test/unit/bus/bus_fixture.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace troupe;
using namespace troupe::test;

namespace {

/// A caller and whom it may call; nobody runs actors, the counters tell.
struct fixture {
  ~fixture() {
    here->stop();
    there->stop();
  }

  std::unique_ptr<bus> start(std::uint64_t id, std::uint64_t life = 1) {
    const node_ref self{node_id{id}, incarnation{life}};
    return bus::start({.self = self}, bus_test_table(), net.attach(self));
  }
  void run_for(duration time) {
    const auto end = now.now() + time;
    now.at(end, [] {});
    while (now.next() && *now.next() <= end) {
      now.step();
    }
  }
  [[nodiscard]] std::uint64_t sessions() const { return here->count().sessions; }

  virtual_time now;
  sim_network net{now, now, 7};
  std::unique_ptr<bus> here = start(1);
  std::unique_ptr<bus> there = start(2);
  std::string endpoint = there->endpoints().front();
};

} // namespace

TEST_CASE("a dial that nobody answers is given up and tried again, until a healed link answers") {
  fixture f;
  f.net.cut({1}, {2});
  f.here->connect(f.endpoint);
  f.run_for(60s);
  CHECK(f.sessions() == 0);

  f.net.heal_all();
  f.run_for(900ms);

  CHECK(f.sessions() == 1);
}

TEST_CASE("connecting can be stopped, and then nobody is dialed") {
  fixture f;
  f.net.cut({1}, {2});
  f.here->connect(f.endpoint);
  f.run_for(1s);
  f.here->stop_connecting(f.endpoint);

  f.net.heal_all();
  f.run_for(10s);

  CHECK(f.sessions() == 0);
}

TEST_CASE("a session that stands outlives the end of connecting") {
  fixture f;
  f.here->connect(f.endpoint);
  f.run_for(1s);

  f.here->stop_connecting(f.endpoint);
  f.run_for(10s);

  CHECK(f.sessions() == 1);
}

TEST_CASE("a node that is told to connect to itself does so once and never again") {
  fixture f;
  const auto own = f.here->endpoints().front();
  f.here->connect(own);
  f.run_for(3s);
  const auto frames = f.here->count().frames_out;

  f.here->connect(own);
  f.run_for(10s);

  CHECK(f.here->count().frames_out == frames);
  CHECK(f.sessions() == 0);
}

TEST_CASE("a process that comes back before its end is told ends the session of its former life") {
  fixture f;
  f.here->connect(f.endpoint);
  f.run_for(100ms);
  REQUIRE(f.sessions() == 1);
  f.net.crash({2}, 500ms);
  f.there->crash();
  f.there = f.start(2, 22);

  f.there->connect(f.here->endpoints().front());
  f.run_for(100ms);

  CHECK(f.sessions() == 1);
  CHECK(f.there->count().sessions == 1);
  f.run_for(1s);
  CHECK(f.sessions() == 1);
}

TEST_CASE("calling a process that is no more leaves the session to its successor alone") {
  fixture f;
  f.here->connect(f.endpoint);
  f.run_for(100ms);
  const auto former = f.there->self();
  f.there->crash();
  f.run_for(100ms);
  f.there = f.start(2, 22);
  f.here->connect(f.endpoint);
  f.run_for(1s);
  REQUIRE(f.sessions() == 1);

  f.here->send({f.here->self(), 1}, {.to = {former, 1}, .body = message::of(note{})});
  for (int left = 100; left > 0; --left) {
    f.run_for(100us);
    REQUIRE(f.sessions() == 1);
    REQUIRE(f.there->count().sessions == 1);
  }
}

TEST_CASE("calling a process that is no more does not undo the call that its successor answers") {
  fixture f;
  f.here->connect(f.endpoint);
  f.run_for(100ms);
  const auto former = f.there->self();
  f.there->crash();
  f.run_for(10ms);
  REQUIRE(f.sessions() == 0);
  f.there = f.start(2, 22);

  f.here->connect(f.endpoint);
  f.here->send({f.here->self(), 1}, {.to = {former, 1}, .body = message::of(note{})});

  for (int left = 100; left > 0; --left) {
    f.run_for(10ms);
    REQUIRE(f.sessions() == 1);
    REQUIRE(f.there->count().sessions == 1);
  }
}

TEST_CASE("calls of a process that is no more do not keep its successor from being reached") {
  fixture f;
  f.net.set_delay(lane::control, {.least = 20ms});
  f.here->connect(f.endpoint);
  f.run_for(200ms);
  const auto former = f.there->self();
  f.there->crash();
  f.run_for(100ms);
  REQUIRE(f.sessions() == 0);
  f.there = f.start(2, 22);
  // Given up here and not there, so that of the next calls none is the current one before it is up.
  f.net.cut_one_way({2}, {1});
  f.here->connect(f.endpoint);
  f.run_for(100ms);
  f.here->stop_connecting(f.endpoint);
  f.net.heal_all();

  f.here->connect(f.endpoint);
  f.run_for(5ms);
  f.here->send({f.here->self(), 1}, {.to = {former, 1}, .body = message::of(note{})});
  f.run_for(95ms);

  for (int left = 100; left > 0; --left) {
    f.run_for(10ms);
    REQUIRE(f.sessions() == 1);
    REQUIRE(f.there->count().sessions == 1);
  }
}

TEST_CASE("a call is answered soon although ours, which would go first, was lost") {
  fixture f;
  f.net.cut_one_way({1}, {2});
  f.here->learn(f.there->self(), {f.endpoint});
  f.here->send({f.here->self(), 1}, {.to = {f.there->self(), 1}, .body = message::of(note{})});
  f.run_for(100ms);
  f.net.heal_all();

  f.there->connect(f.here->endpoints().front());
  f.run_for(300ms);

  CHECK(f.sessions() == 1);
  CHECK(f.there->count().sessions == 1);
}

TEST_CASE("an answer that was lost does not keep its sender from calling") {
  fixture f;
  f.net.cut_one_way({2}, {1});
  f.here->connect(f.endpoint);
  f.run_for(50ms);
  f.here->stop_connecting(f.endpoint);
  f.net.heal_all();

  f.there->connect(f.here->endpoints().front());
  f.run_for(1s);

  CHECK(f.sessions() == 1);
}

TEST_CASE("a node that is called and dialed at once has one session, on both sides") {
  fixture f;
  f.here->learn(f.there->self(), {f.endpoint});
  f.here->send({f.here->self(), 1}, {.to = {f.there->self(), 1}, .body = message::of(note{})});
  f.here->connect(f.endpoint);

  f.run_for(100ms);

  CHECK(f.sessions() == 1);
  CHECK(f.there->count().sessions == 1);
}
