// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/bus.hpp"

#include "runtime/base/virtual_time.hpp"
#include "runtime/bus/sim_network.hpp"
#include "test/unit/bus/bus_node.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>

using namespace troupe;
using namespace troupe::test;

namespace {

/// Two nodes: `a` hears on `ears_a` at `at_a`, likewise b.
struct pair_of_nodes {
  explicit pair_of_nodes(bus_options how = {}) : a(net, 1, how), b(net, 2, how) {
    at_a = a.spawn();
    at_b = b.spawn("ear");
    ears_a = a.ears;
    ears_b = b.ears;
    a.links->subscribe(a.last);
    b.links->subscribe(b.last);
  }

  void run_for(duration time) {
    const auto end = virtual_clock.now() + time;
    virtual_clock.at(end, [] {});
    a.run();
    b.run();
    while (virtual_clock.next() && *virtual_clock.next() <= end) {
      virtual_clock.step();
      a.run();
      b.run();
    }
  }
  void meet() {
    a.links->connect(b.endpoint());
    run_for(10ms);
  }
  template <class M>
  void tell(M what) {
    a.links->send(at_a, {.to = at_b, .body = message::of(std::move(what))});
  }
  template <class M>
  void ask(std::uint64_t id, M what, time_point deadline = time_point::max()) {
    a.links->send(at_a, {.to = at_b,
                         .what = delivery::kind::request,
                         .request_id = id,
                         .body = message::of(std::move(what)),
                         .deadline = deadline});
  }

  virtual_time virtual_clock;
  sim_network net{virtual_clock, virtual_clock, 7};
  node a;
  node b;
  actor_ref at_a;
  actor_ref at_b;
  std::shared_ptr<heard> ears_a;
  std::shared_ptr<heard> ears_b;
};

} // namespace

TEST_CASE("two nodes meet and tell each other their named actors") {
  pair_of_nodes two;

  two.meet();

  REQUIRE(two.ears_a->ups.size() == 1);
  CHECK(two.ears_a->ups[0].node == two.b.links->self());
  CHECK(two.ears_a->ups[0].name == "node2");
  CHECK(two.ears_a->ups[0].named.at("ear") == two.at_b);
  REQUIRE(two.ears_b->ups.size() == 1);
  CHECK(two.ears_b->ups[0].named.empty());
  CHECK(two.a.links->find(two.b.links->self(), "ear") == two.at_b);
}

TEST_CASE("nodes that call each other at once end with one session") {
  pair_of_nodes two;
  two.a.links->connect(two.b.endpoint());
  two.b.links->connect(two.a.endpoint());
  two.a.links->learn(two.b.links->self(), {two.b.endpoint()});
  two.b.links->learn(two.a.links->self(), {two.a.endpoint()});
  two.tell(note{.number = 1});

  two.run_for(3s);

  CHECK(two.a.links->count().sessions == 1);
  CHECK(two.b.links->count().sessions == 1);
  CHECK(two.ears_b->messages.size() == 1);
}

TEST_CASE("messages arrive once and in order, with the sender's ref bound to the session") {
  pair_of_nodes two;
  two.meet();
  for (std::uint64_t i = 0; i < 500; ++i) {
    two.tell(note{.number = i, .who = two.at_a});
  }

  two.run_for(50ms);

  REQUIRE(two.ears_b->messages.size() == 500);
  for (std::uint64_t i = 0; i < 500; ++i) {
    REQUIRE(two.ears_b->messages[i].body.as<note>()->number == i);
  }
  const auto& first = two.ears_b->messages[0];
  CHECK(first.from == two.at_a);
  CHECK(first.from.session == two.ears_b->ups[0].session);
  CHECK(first.body.as<note>()->who.session == first.from.session);
}

TEST_CASE("what comes together goes through the scheduler together, a down in its place") {
  pair_of_nodes two;
  two.meet();
  two.tell(note{.number = 1000, .who = two.at_a});
  two.run_for(10ms);
  two.b.links->monitor(two.at_b, two.ears_b->messages.at(0).body.as<note>()->who);
  two.ears_b->messages.clear();
  two.run_for(10ms);
  for (std::uint64_t i = 0; i < 100; ++i) {
    two.tell(note{.number = i});
  }
  end_listener(two.a.last);

  two.run_for(10ms);

  REQUIRE(two.ears_b->messages.size() == 100);
  for (std::uint64_t i = 0; i < 100; ++i) {
    CHECK(two.ears_b->messages[i].body.as<note>()->number == i);
  }
  CHECK(two.ears_b->downs.size() == 1);
  REQUIRE(two.ears_b->groups.size() == 2);
  CHECK(two.ears_b->groups[0] == deliveries_max);
}

TEST_CASE("a link is opened by the first message to a node whose endpoint is known") {
  pair_of_nodes two;
  two.a.links->learn(two.b.links->self(), {two.b.endpoint()});
  two.tell(note{.number = 1});
  two.ask(1, question{.number = 2});

  two.run_for(10ms);

  REQUIRE(two.ears_b->messages.size() == 2);
  CHECK(two.ears_b->messages[1].what == delivery::kind::request);
}

TEST_CASE("a request to a node nobody knows, and to an actor that is not there, is answered") {
  pair_of_nodes two;
  two.ask(1, question{});
  two.run_for(1ms);
  REQUIRE(two.ears_a->messages.size() == 1);
  CHECK(two.ears_a->messages[0].why.code == errc::not_found);
  CHECK(two.ears_a->messages[0].request_id == 1);

  two.meet();
  two.at_b.actor = 99;
  two.ask(2, question{});
  two.run_for(10ms);

  REQUIRE(two.ears_a->messages.size() == 2);
  CHECK(two.ears_a->messages[1].why.code == errc::not_found);
}

TEST_CASE("a request is answered by the response, and a second response is dropped") {
  pair_of_nodes two;
  two.meet();
  two.ears_b->on_message = [&](const delivery& asked) {
    for (int i = 0; i < 2; ++i) {
      two.b.links->send(two.at_b, {.to = asked.from,
                                   .what = delivery::kind::response,
                                   .request_id = asked.request_id,
                                   .body = message::of(note{.number = 5})});
    }
  };
  two.ask(7, question{});

  two.run_for(10ms);

  REQUIRE(two.ears_a->messages.size() == 1);
  CHECK(two.ears_a->messages[0].what == delivery::kind::response);
  CHECK(two.ears_a->messages[0].request_id == 7);
  CHECK(two.ears_a->messages[0].body.as<note>()->number == 5);
  CHECK(two.b.links->count().dropped == 1);
  CHECK(two.a.links->count().open_requests == 0);
  CHECK(two.b.links->count().open_requests == 0);
}

TEST_CASE("an unanswered request times out at its deadline") {
  pair_of_nodes two;
  two.meet();
  two.ask(7, question{}, two.virtual_clock.now() + 100ms);

  two.run_for(99ms);
  CHECK(two.ears_a->messages.empty());
  CHECK(two.ears_b->messages.at(0).deadline < two.virtual_clock.now() + 10ms);
  two.run_for(2ms);

  REQUIRE(two.ears_a->messages.size() == 1);
  CHECK(two.ears_a->messages[0].why.code == errc::timeout);
}

TEST_CASE("an actor that ends answers its open requests with peer_gone and downs its watchers") {
  pair_of_nodes two;
  two.meet();
  two.ask(7, question{});
  two.a.links->monitor(two.at_a, two.at_b);
  two.a.links->monitor(two.at_a, two.at_b);
  two.run_for(10ms);

  end_listener(two.b.last);
  two.run_for(10ms);

  REQUIRE(two.ears_a->messages.size() == 1);
  CHECK(two.ears_a->messages[0].why.code == errc::peer_gone);
  REQUIRE(two.ears_a->downs.size() == 1);
  CHECK(two.ears_a->downs[0].who == two.at_b);
  CHECK(two.ears_a->downs[0].why.code == errc::none);

  two.a.links->monitor(two.at_a, two.at_b);
  two.run_for(10ms);
  CHECK(two.ears_a->downs.size() == 2);
}

TEST_CASE("a watch taken back says nothing") {
  pair_of_nodes two;
  two.meet();
  two.a.links->monitor(two.at_a, two.at_b);
  two.a.links->demonitor(two.at_a, two.at_b);
  end_listener(two.b.last);

  two.run_for(10ms);

  CHECK(two.ears_a->downs.empty());
}

TEST_CASE("a crash ends the session: requests, watches and refs of it fail, once each") {
  pair_of_nodes two;
  two.meet();
  const auto named = two.a.links->find(two.b.links->self(), "ear");
  two.ask(7, question{});
  two.a.links->monitor(two.at_a, two.at_b);
  two.run_for(10ms);

  two.net.crash(node_id{2});
  two.run_for(10ms);

  REQUIRE(two.ears_a->messages.size() == 1);
  CHECK(two.ears_a->messages[0].why.code == errc::peer_gone);
  REQUIRE(two.ears_a->downs.size() == 1);
  CHECK(two.ears_a->downs[0].why.code == errc::peer_gone);
  REQUIRE(two.ears_a->losses.size() == 1);
  CHECK(named.session != 0);
  two.at_b = named;
  two.ask(8, question{});
  two.run_for(1ms);
  CHECK(two.ears_a->messages.at(1).why.code == errc::peer_gone);
  CHECK(two.a.links->count().open_requests == 0);
}

TEST_CASE("after a break a new session stands, and what came by the old one is not alive") {
  pair_of_nodes two;
  two.meet();
  two.tell(note{.number = 1});
  two.run_for(10ms);
  const auto old = two.ears_b->messages.at(0);
  CHECK(old.hold->alive());

  two.net.break_links(node_id{1}, node_id{2});
  two.run_for(10ms);
  CHECK(!old.hold->alive());
  CHECK(two.ears_b->losses.size() == 1);
  two.tell(note{.number = 2});
  two.run_for(10ms);

  REQUIRE(two.ears_b->messages.size() == 2);
  CHECK(two.ears_b->messages[1].hold->alive());
  CHECK(two.ears_b->messages[1].from.session != old.from.session);
}

TEST_CASE("what was counted of a session stays counted after its end") {
  pair_of_nodes two;
  two.meet();
  for (std::uint64_t i = 0; i < 3; ++i) {
    two.tell(note{.number = i});
  }
  two.run_for(10ms);
  const auto before = two.a.links->count();
  CHECK(before.messages_out == 3);
  CHECK(before.messages_in == 0);
  CHECK(two.b.links->count().messages_in == 3);
  CHECK(before.frames_out > 3);

  two.net.crash(node_id{2});
  two.run_for(3s);

  const auto after = two.a.links->count();
  CHECK(after.sessions == 0);
  CHECK(after.messages_out == 3);
  CHECK(after.frames_out >= before.frames_out);
  CHECK(after.frames_in >= before.frames_in);
}

TEST_CASE("a cut is noticed by silence on both sides, also in one direction") {
  pair_of_nodes two;
  two.meet();

  two.net.cut_one_way(node_id{1}, node_id{2});
  two.run_for(5s);

  CHECK(two.ears_b->losses.size() == 1);
  CHECK(two.ears_a->losses.size() == 1);
}

TEST_CASE("an attachment arrives whole, whichever lane is slower") {
  for (const bool bulk_is_slow : {true, false}) {
    pair_of_nodes two;
    two.net.set_delay(bulk_is_slow ? lane::bulk : lane::control, {.least = 20ms, .spread = 5ms});
    two.meet();
    two.run_for(200ms);
    REQUIRE(two.ears_a->ups.size() == 1);
    bytes data(1'000'000);
    for (std::size_t i = 0; i < data.size(); ++i) {
      data[i] = static_cast<std::byte>(i * 7);
    }
    two.tell(crate{.number = 1, .attachment = blob(data)});
    two.tell(note{.number = 2});

    two.run_for(100ms);

    REQUIRE(two.ears_b->messages.size() == 2);
    const auto& late = two.ears_b->messages[bulk_is_slow ? 1 : 0];
    REQUIRE(late.body.as<crate>() != nullptr);
    const auto view = late.body.as<crate>()->attachment.view();
    CHECK(std::equal(view.begin(), view.end(), data.begin(), data.end()));
  }
}

TEST_CASE("at the bound requests are refused, state is replaced, ordered waits and free passes") {
  pair_of_nodes two(bus_options{.limits = {.control_window_bytes = 20'000}});
  two.meet();
  for (std::uint64_t i = 0; i < 30; ++i) {
    two.tell(note{.number = i, .padding = bytes(1000)});
    two.tell(report{.number = i, .padding = bytes(1000)});
  }
  two.ask(9, question{.number = 1});
  two.tell(shout{.number = 77});

  two.run_for(50ms);

  REQUIRE(two.ears_a->messages.size() == 1);
  CHECK(two.ears_a->messages[0].why.code == errc::overloaded);
  CHECK(two.ears_b->messages.size() == 19);
  CHECK(two.ears_b->messages.back().body.as<shout>()->number == 77);

  std::vector<delivery> all;
  for (int round = 0; round < 10; ++round) {
    all.insert(all.end(), two.ears_b->messages.begin(), two.ears_b->messages.end());
    for (auto& each : all) {
      each.hold.reset();
    }
    two.ears_b->messages.clear();
    two.run_for(600ms);
  }
  std::uint64_t notes = 0;
  std::uint64_t reports = 0;
  std::uint64_t last_report = 0;
  for (const auto& each : all) {
    if (const auto* n = each.body.as<note>()) {
      CHECK(n->number == notes++);
    } else if (const auto* r = each.body.as<report>()) {
      ++reports;
      last_report = r->number;
    }
  }
  CHECK(notes == 30);
  CHECK(reports < 30);
  CHECK(last_report == 29);
  CHECK(two.a.links->count().waiting_messages == 0);
  two.run_for(2s);
  CHECK(two.b.links->count().unreturned_bytes == 0);
}

TEST_CASE("free messages that waited for the link are not overtaken by later ones") {
  pair_of_nodes two(bus_options{.limits = {.control_window_bytes = 5'000}});
  two.a.links->learn(two.b.links->self(), {two.b.endpoint()});
  for (std::uint64_t i = 0; i < 10; ++i) {
    two.tell(note{.number = i, .padding = bytes(1000)});
  }
  two.tell(shout{.number = 1});
  two.run_for(50ms);
  two.tell(shout{.number = 2});
  two.run_for(50ms);

  const auto& all = two.ears_b->messages;
  REQUIRE(all.size() < 12); // The window is full.
  REQUIRE(all.back().body.as<shout>() != nullptr);
  CHECK(all.back().body.as<shout>()->number == 2);
  CHECK(std::ranges::count_if(all,
                              [](const delivery& each) { return each.body.as<shout>() != nullptr; })
        == 2);
}

TEST_CASE("ordered messages over the waiting window end the session") {
  pair_of_nodes two(
      bus_options{.limits = {.control_window_bytes = 20'000, .waiting_bytes_max = 50'000}});
  two.meet();
  for (std::uint64_t i = 0; two.a.links->count().sessions == 1; ++i) {
    REQUIRE(i < 100);
    two.tell(note{.number = i, .padding = bytes(1000)});
  }

  two.run_for(50ms);

  REQUIRE(two.ears_a->losses.size() == 1);
  CHECK(two.ears_a->losses[0].why.code == errc::overloaded);
  REQUIRE(two.ears_b->losses.size() == 1);
  CHECK(two.ears_b->losses[0].why.text.starts_with("the peer ended the session"));
}

TEST_CASE("a message over the largest frame is refused to its requester") {
  pair_of_nodes two;
  two.meet();
  two.ask(3, question{.padding = bytes(1U << 20U)});
  two.run_for(10ms);

  REQUIRE(two.ears_a->messages.size() == 1);
  CHECK(two.ears_a->messages[0].why.code == errc::too_large);
}

TEST_CASE("nodes of different clusters do not meet") {
  virtual_time clock;
  sim_network net(clock, clock, 1);
  node a(net, 1, {.cluster = "x"});
  node b(net, 2, {.cluster = "y"});
  a.links->connect(b.endpoint());
  for (int i = 0; i < 1000; ++i) {
    clock.step();
  }
  CHECK(a.links->count().sessions == 0);
  CHECK(b.links->count().sessions == 0);
}

TEST_CASE("local messages go through the codec if asked to, and local requests are answered") {
  pair_of_nodes two(bus_options{.local_through_codec = true});
  const auto other = two.a.spawn();
  const auto ears = two.a.ears;
  const auto body = message::of(note{.number = 3});

  two.a.links->send(two.at_a, {.to = other, .body = body});
  two.a.links->send(two.at_a, {.to = other,
                               .what = delivery::kind::request,
                               .request_id = 4,
                               .body = message::of(question{})});
  two.a.links->monitor(two.at_a, other);
  two.run_for(1ms);
  REQUIRE(ears->messages.size() == 2);
  CHECK(ears->messages[0].body.body() != body.body());
  CHECK(ears->messages[0].body.as<note>()->number == 3);
  end_listener(two.a.last);
  two.run_for(1ms);

  REQUIRE(two.ears_a->messages.size() == 1);
  CHECK(two.ears_a->messages[0].why.code == errc::peer_gone);
  CHECK(two.ears_a->downs.size() == 1);
}

TEST_CASE("mutant: messages of an ended session stay alive and refs are not bound") {
  pair_of_nodes two(bus_options{.mutants = {.session_not_kept = true}});
  two.meet();
  two.tell(note{.number = 1, .who = two.at_a});
  two.run_for(10ms);
  const auto old = two.ears_b->messages.at(0);
  two.net.break_links(node_id{1}, node_id{2});
  two.run_for(10ms);

  CHECK(old.hold->alive());
  CHECK(old.from.session == 0);
  CHECK(old.body.as<note>()->who.session == 0);
}

TEST_CASE("mutant: a large message goes by the bulk lane and is overtaken by a small one") {
  pair_of_nodes two(bus_options{.mutants = {.lane_by_size = true}});
  two.net.set_delay(lane::bulk, {.least = 1s, .spread = 0ns});
  two.meet();
  two.tell(note{.number = 1, .padding = bytes(200)});
  two.tell(note{.number = 2});
  two.run_for(2s);

  REQUIRE(two.ears_b->messages.size() == 2);
  CHECK(two.ears_b->messages[0].body.as<note>()->number == 2);
  CHECK(two.ears_b->messages[1].body.as<note>()->number == 1);
}
