// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/faulty_transport.hpp"

#include "test/integration/bus/zmq_node.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace troupe;
using namespace troupe::test;

namespace {

bool meet(zmq_node& a, zmq_node& b) {
  a.links->subscribe(a.last);
  a.links->connect(b.endpoint());
  return a.ears->wait([](const heard& all) { return !all.ups.empty(); });
}

void send_numbers(zmq_node& a, const actor_ref& from, const actor_ref& to, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    a.links->send(from, {.to = to, .body = message::of(note{.number = i})});
  }
}

} // namespace

TEST_CASE("a delayed link delivers all, late and in order, and is itself again afterwards") {
  zmq_node a(1);
  zmq_node b(2);
  const auto at_a = a.spawn();
  const auto at_b = b.spawn("sink");
  REQUIRE(meet(a, b));
  REQUIRE(b.over->disturb(a.links->self(), {.delay = 100ms, .until = machine_clock().now() + 10s}));
  const auto begun = machine_clock().now();
  send_numbers(a, at_a, at_b, 1000);
  REQUIRE(b.ears->wait([](const heard& all) { return all.messages.size() == 1000; }));
  CHECK(machine_clock().now() - begun >= 100ms);
  const auto all = b.ears->copy();
  for (std::uint64_t i = 0; i < 1000; ++i) {
    CHECK(all.messages[i].body.as<note>()->number == i);
  }
  REQUIRE(b.over->disturb(a.links->self(), {}));
  send_numbers(a, at_a, at_b, 10);
  REQUIRE(b.ears->wait([](const heard& each) { return each.messages.size() == 1010; }));
  CHECK(a.ears->copy().losses.empty());
}

TEST_CASE("a frame that is lost ends the session, and what comes by the next one is whole") {
  zmq_node a(1);
  zmq_node b(2);
  const auto at_a = a.spawn();
  const auto at_b = b.spawn("sink");
  REQUIRE(meet(a, b));
  REQUIRE(b.over->disturb(a.links->self(),
                          {.lost_per_million = 1'000'000, .until = machine_clock().now() + 300ms}));
  send_numbers(a, at_a, at_b, 1);
  REQUIRE(a.ears->wait([](const heard& all) { return !all.losses.empty(); }));
  a.links->connect(b.endpoint());
  REQUIRE(a.ears->wait([](const heard& all) { return all.ups.size() > 1; }));
  send_numbers(a, at_a, a.ears->copy().ups.back().named.at("sink"), 100);
  REQUIRE(b.ears->wait([](const heard& all) { return all.messages.size() >= 100; }));
}
