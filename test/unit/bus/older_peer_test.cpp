// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/virtual_time.hpp"
#include "runtime/bus/sim_network.hpp"
#include "runtime/codec/type_entry.hpp"
#include "test/unit/bus/bus_node.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace troupe;
using namespace troupe::test;

namespace {

/// `a` and a `b` that is too old to know `question` and `note`, with an actor on each.
struct with_older_peer {
  with_older_peer() {
    at_a = a.spawn();
    ears_a = a.ears;
    at_b = b.spawn();
    ears_b = b.ears;
    a.links->learn(b.links->self(), {b.endpoint()});
  }

  void run_for(duration time) {
    const auto end = clock.now() + time;
    clock.at(end, [] {});
    while (clock.next() && *clock.next() <= end) {
      clock.step();
      a.run();
      b.run();
    }
  }
  template <class M>
  void send(delivery::kind how, M what) {
    a.links->send(at_a, {.to = at_b,
                         .what = how,
                         .request_id = how == delivery::kind::request ? what.number : 0,
                         .body = message::of(std::move(what))});
  }

  virtual_time clock;
  sim_network net{clock, clock, 7};
  node a{net, 1};
  node b{net, 2, {}, make_table<report, shout, crate>()};
  actor_ref at_a;
  actor_ref at_b;
  std::shared_ptr<heard> ears_a;
  std::shared_ptr<heard> ears_b;
};

} // namespace

TEST_CASE("a request that waited for a peer too old to know it is answered as soon as that shows") {
  with_older_peer two;
  two.send(delivery::kind::request, question{.number = 7});
  CHECK(two.a.links->count().open_requests == 1);

  two.run_for(10ms);

  REQUIRE(two.ears_a->messages.size() == 1);
  const auto& answer = two.ears_a->messages[0];
  CHECK(answer.what == delivery::kind::response);
  CHECK(answer.request_id == 7);
  CHECK(answer.why.code == errc::unknown_type);
  CHECK(answer.why.retryable);
  CHECK(two.a.links->count().open_requests == 0);
  CHECK(two.a.links->count().dropped == 0);
}

TEST_CASE("a request to a peer that is too old is answered the same once the session is up") {
  with_older_peer two;
  two.send(delivery::kind::tell, crate{.number = 1});
  two.run_for(10ms);

  two.send(delivery::kind::request, question{.number = 8});
  two.a.run();

  REQUIRE(two.ears_a->messages.size() == 1);
  CHECK(two.ears_a->messages[0].why.code == errc::unknown_type);
}

TEST_CASE("tells that a peer is too old for are counted as dropped, and what it knows goes on") {
  with_older_peer two;
  two.send(delivery::kind::tell, note{.number = 1});
  two.send(delivery::kind::tell, crate{.number = 2});
  two.run_for(10ms);
  CHECK(two.a.links->count().dropped == 1);
  REQUIRE(two.ears_b->messages.size() == 1);
  CHECK(two.ears_b->messages[0].body.as<crate>() != nullptr);

  two.send(delivery::kind::tell, note{.number = 3});
  CHECK(two.a.links->count().dropped == 2);
}

TEST_CASE("an answer of a type that who asked is too old for is an error to it, not silence") {
  with_older_peer two;
  two.b.links->learn(two.a.links->self(), {two.a.endpoint()});
  two.ears_a->on_message = [&](const delivery& asked) {
    two.a.links->send(two.at_a, {.to = asked.from,
                                 .what = delivery::kind::response,
                                 .request_id = asked.request_id,
                                 .body = message::of(note{.number = 5})});
  };
  two.b.links->send(two.at_b, {.to = two.at_a,
                               .what = delivery::kind::request,
                               .request_id = 4,
                               .body = message::of(crate{.number = 4})});
  two.run_for(10ms);

  REQUIRE(two.ears_b->messages.size() == 1);
  CHECK(two.ears_b->messages[0].request_id == 4);
  CHECK(two.ears_b->messages[0].why.code == errc::unknown_type);
}
