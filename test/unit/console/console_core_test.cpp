// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/console/console_core.hpp"

#include "messages/admin.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace troupe;
using namespace troupe::test;

namespace {

class recorder final : public console_port {
public:
  void see(std::shared_ptr<const console_view> now) override { view = std::move(now); }
  void happened(const console_event& what) override {
    events.push_back(what.what + " " + what.subject);
  }
  void traced(const actor_ref& admin, const trace_events& what) override {
    traces.emplace_back(admin, what);
  }

  std::shared_ptr<const console_view> view = std::make_shared<const console_view>();
  std::vector<std::string> events;
  std::vector<std::pair<actor_ref, trace_events>> traces;
};

struct console_rig {
  explicit console_rig(duration refresh_every = duration{0})
      : core(console_config{.self = ref_of(1).node, .refresh_every = refresh_every}, seen) {}

  static member member_of(std::uint64_t n, service_role role) {
    return {.node = ref_of(n).node,
            .name = "n" + std::to_string(n),
            .services = {{.role = role, .actor = ref_of(n)}}};
  }
  void members_are(std::vector<member> added) {
    core.deliver(ref_of(1), members{.epoch = 1, .version = 1, .added = std::move(added)});
  }
  void link(std::uint64_t n) {
    core.event([&](context& cx) {
      core->on_peer_up({.node = ref_of(n).node,
                        .name = "n" + std::to_string(n),
                        .session = 5,
                        .endpoints = {},
                        .named = {{"admin", admin_of(n)}}},
                       cx);
    });
  }
  static actor_ref admin_of(std::uint64_t n) { return {.node = ref_of(n).node, .actor = 99}; }

  std::vector<console_answer> answers;
  int calls = 0;
  void ask(std::vector<console_question> what) {
    core.event([&](context& cx) {
      core->ask(
          std::move(what), 2s,
          [this](std::vector<console_answer> all) {
            ++calls;
            answers = std::move(all);
          },
          cx);
    });
  }

  recorder seen;
  core_driver<console_core> core;
};

} // namespace

TEST_CASE("questions are answered together, in order, once the last has an answer") {
  console_rig rig;
  rig.ask({{ref_of(2), message::of(status_query{})}, {ref_of(3), message::of(status_query{})}});
  REQUIRE(rig.core.sends().size() == 2);
  CHECK(rig.core.sends()[0].deadline == rig.core.now() + 2s);
  const auto first = rig.core.sends()[0].request_id;
  const auto second = rig.core.sends()[1].request_id;
  rig.core.advance(10ms);
  rig.core.respond(second, {.why = {.code = errc::timeout}});
  CHECK(rig.calls == 0);
  rig.core.respond(first, {.body = message::of(status_report{.actor = "two"})});
  REQUIRE(rig.calls == 1);
  CHECK(rig.answers[0].body.as<status_report>()->actor == "two");
  CHECK(rig.answers[0].took == 10ms);
  CHECK(rig.answers[1].why.code == errc::timeout);
  rig.core.respond(first, {});
  CHECK(rig.calls == 1);
}

TEST_CASE("no questions are answered at once, too many are refused") {
  console_rig rig;
  rig.ask({});
  CHECK(rig.calls == 1);
  rig.ask(std::vector<console_question>(20'000, {ref_of(2), message::of(status_query{})}));
  CHECK(rig.calls == 2);
  CHECK(rig.answers.front().why.code == errc::overloaded);
  CHECK(rig.core.sends().empty());
}

TEST_CASE("members are reached and their admins known once their links stand") {
  console_rig rig;
  rig.members_are({rig.member_of(2, service_role::gateway), rig.member_of(3, service_role::node)});
  CHECK(rig.core.watches(ref_of(2)));
  CHECK(rig.core.sent<plan_query>(ref_of(3)).size() == 1);
  CHECK_FALSE(rig.seen.view->nodes.at(ref_of(2).node).admin);
  rig.link(2);
  CHECK(*rig.seen.view->nodes.at(ref_of(2).node).admin == rig.admin_of(2));
  CHECK(rig.seen.events.empty()); // The first list is no news.
}

TEST_CASE("a peer linked before it is told of as a member is reached all the same") {
  console_rig rig;
  rig.link(3);
  rig.members_are({rig.member_of(3, service_role::node)});
  CHECK(rig.core.sent<plan_query>(ref_of(3)).size() == 1);
}

TEST_CASE("what joins, leaves, breaks or dies later is told") {
  console_rig rig;
  rig.members_are({rig.member_of(3, service_role::node)});
  rig.link(3);
  rig.members_are({rig.member_of(4, service_role::worker)});
  plan_report plan{.node = ref_of(3).node};
  plan.slots.push_back({.slot = "d", .phase = slot_phase::running, .pid = 7});
  rig.core.deliver(ref_of(3), plan);
  plan.slots[0].restarts = 1;
  plan.slots[0].last_end = "killed by signal 9";
  rig.core.deliver(ref_of(3), plan);
  rig.core.event([&](context& cx) {
    rig.core->on_peer_down({.node = ref_of(3).node, .session = 5, .why = {}}, cx);
  });
  rig.core.deliver(ref_of(1), members{.removed = {ref_of(4).node}});
  CHECK(
      rig.seen.events
      == std::vector<std::string>{"node_joined n4", "slot_died d", "link_lost n3", "node_left n4"});
  CHECK(rig.seen.view->plans.at("n3").slots[0].restarts == 1);
}

TEST_CASE("a link that broke is tried again while its node is a member") {
  console_rig rig;
  rig.members_are({rig.member_of(3, service_role::node)});
  rig.link(3);
  rig.core.event([&](context& cx) {
    rig.core->on_peer_down({.node = ref_of(3).node, .session = 5, .why = {}}, cx);
  });
  rig.core.clear();
  rig.core.advance(1s);
  CHECK(rig.core.sent<plan_query>(ref_of(3)).size() == 1);
}

TEST_CASE("an agent whose link broke and came back by its own call is asked for its plan again") {
  console_rig rig;
  rig.members_are({rig.member_of(3, service_role::node)});
  rig.link(3);
  rig.core.event([&](context& cx) {
    rig.core->on_peer_down({.node = ref_of(3).node, .session = 5, .why = {}}, cx);
  });
  rig.core.advance(3s); // It is called in vain.
  rig.core.clear();
  rig.link(3);
  rig.core.advance(1s);
  CHECK(rig.core.sent<plan_query>(ref_of(3)).size() == 1);
  rig.core.clear();
  rig.core.advance(5s);
  CHECK(rig.core.sent<plan_query>(ref_of(3)).empty());
}

TEST_CASE("reports are refreshed in the background, and rates follow from two of them") {
  console_rig rig(1s);
  rig.members_are({rig.member_of(2, service_role::gateway)});
  rig.link(2);
  rig.core.advance(1ms);
  REQUIRE(rig.core.sent<node_query>(rig.admin_of(2)).size() == 1);
  const auto report = [&](std::uint64_t handled) {
    rig.core.respond(rig.core.sends().back().request_id,
                     {.body = message::of(node_report{
                          .node = "n2", .actors = {{.actor = 2, .handled = handled}}})});
  };
  report(100);
  CHECK(rig.seen.view->nodes.at(ref_of(2).node).handled_per_s.at(2) == 0);
  rig.core.advance(1s);
  REQUIRE(rig.core.sent<node_query>(rig.admin_of(2)).size() == 2);
  report(150);
  CHECK(rig.seen.view->nodes.at(ref_of(2).node).handled_per_s.at(2) == doctest::Approx(50));
}

TEST_CASE("without refreshes a console sleeps, and traces are handed on") {
  console_rig rig;
  rig.members_are({rig.member_of(2, service_role::gateway)});
  rig.link(2);
  CHECK_FALSE(rig.core->next_wake());
  rig.core.deliver(rig.admin_of(2), trace_events{.trace = 3});
  REQUIRE(rig.seen.traces.size() == 1);
  CHECK(rig.seen.traces[0].first == rig.admin_of(2));
  CHECK(rig.seen.traces[0].second.trace == 3);
}
