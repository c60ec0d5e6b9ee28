// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/planner/planner_core.hpp"

#include "messages/vocab/error_codes.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

struct fixture {
  core_driver<planner_core> planner{planner_config{}};
  actor_ref agent = ref_of(3);
  actor_ref operator_ = ref_of(4);

  fixture() {
    planner.deliver(
        ref_of(2),
        members{.epoch = 2,
                .added = {{.node = agent.node,
                           .name = "host",
                           .services = {{.role = service_role::node, .actor = agent}}}}});
  }
  void report() {
    planner.deliver(
        agent,
        plan_report{.node = agent.node,
                    .slots = {{.slot = "decode-1", .generation = 4, .want = {.roles = "decode"}}}});
    planner.clear();
  }
};

} // namespace

TEST_CASE("planner asks a new node what it runs before it orders anything") {
  fixture f;

  CHECK(f.planner.sent<plan_query>(f.agent).size() == 1);
  f.planner.ask(f.operator_, scale{.slot = "decode-1", .run = false});
  CHECK(f.planner.sent<order>().empty());
  CHECK(f.planner.sends().back().why.code == errors::no_worker);
}

TEST_CASE("a node whose link broke is asked again until it is back, and orders nobody meanwhile") {
  fixture f;
  f.report();
  f.planner.down(f.agent);
  f.planner.clear();
  f.planner.ask(f.operator_, scale{.slot = "decode-1", .run = false});
  CHECK(f.planner.sent<order>().empty());
  f.planner.advance(199ms);
  CHECK(f.planner.sent<plan_query>().empty());

  f.planner.advance(1ms);
  CHECK(f.planner.sent<plan_query>(f.agent).size() == 1);
  f.planner.down(f.agent);
  f.planner.advance(200ms);
  CHECK(f.planner.sent<plan_query>(f.agent).size() == 2);

  f.report();
  f.planner.ask(f.operator_, scale{.slot = "decode-1", .run = false});
  CHECK(f.planner.sent<order>(f.agent).size() == 1);
  f.planner.advance(10s);
  CHECK(f.planner.sent<plan_query>().empty());
}

TEST_CASE("an operator's edit becomes an order of the slot's generation and is answered") {
  fixture f;
  f.report();

  f.planner.ask(f.operator_, scale{.slot = "decode-1", .run = false});
  const auto orders = f.planner.sent<order>(f.agent);
  REQUIRE(orders.size() == 1);
  CHECK(orders[0]->expected_generation == 4);
  CHECK(orders[0]->epoch == 2);

  const auto request = f.planner.sends().back().request_id;
  f.planner.respond(request,
                    {.what = delivery::kind::response,
                     .body = message::of(order_done{.slot = "decode-1", .generation = 5})});
  CHECK(f.planner.sent<order_done>(f.operator_).size() == 1);
}

TEST_CASE("an edit of an unknown slot without roles is refused by name") {
  fixture f;
  f.report();

  f.planner.ask(f.operator_, scale{.slot = "decode-7", .run = true});

  CHECK(f.planner.sends().back().why.code == errc::not_found);
  CHECK(f.planner.sends().back().why.field == "slot");
}

TEST_CASE("status shows nodes, slots and workers") {
  fixture f;
  f.report();
  f.planner.deliver(ref_of(9), worker_report{.worker = {.node = ref_of(9).node}, .running = 3});

  f.planner.ask(f.operator_, status_query{});

  const auto answers = f.planner.sent<status_report>(f.operator_);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0]->facts.size() == 3);
}

TEST_CASE("a new slot is made on the node asked for, in the operator's name") {
  fixture f;
  f.report();
  const auto other = ref_of(5);
  f.planner.deliver(
      ref_of(2), members{.epoch = 2,
                         .added = {{.node = other.node,
                                    .name = "second",
                                    .services = {{.role = service_role::node, .actor = other}}}}});
  f.planner.deliver(other, plan_report{.node = other.node});
  f.planner.clear();

  f.planner.ask(
      f.operator_,
      scale{
          .slot = "new", .run = true, .want = {.roles = "decode"}, .who = "ann", .node = "second"});

  const auto orders = f.planner.sent<order>(other);
  REQUIRE(orders.size() == 1);
  CHECK(orders[0]->who == "ann");
  f.planner.ask(f.operator_,
                scale{.slot = "newer", .run = true, .want = {.roles = "decode"}, .node = "third"});
  CHECK(f.planner.sends().back().why.text.find("third") != std::string::npos);
}

TEST_CASE("a restart or kill goes to the slot's node, and of an unknown slot is refused") {
  fixture f;
  f.report();

  f.planner.ask(f.operator_, scale{.slot = "decode-1", .run = true, .act = slot_act::kill});
  REQUIRE(f.planner.sent<order>(f.agent).size() == 1);
  CHECK(f.planner.sent<order>(f.agent)[0]->act == slot_act::kill);

  f.planner.ask(
      f.operator_,
      scale{.slot = "nobody", .run = true, .want = {.roles = "decode"}, .act = slot_act::restart});
  CHECK(f.planner.sends().back().why.code == errc::not_found);
}

TEST_CASE("what was ordered is remembered with who wanted it and what came of it, newest first") {
  fixture f;
  f.report();
  f.planner.ask(f.operator_, scale{.slot = "decode-1", .run = false, .who = "ann"});
  f.planner.respond(f.planner.sends().back().request_id,
                    {.what = delivery::kind::response,
                     .body = message::of(order_done{.slot = "decode-1", .generation = 5})});
  f.planner.advance(2s);
  f.planner.ask(f.operator_, scale{.slot = "decode-9", .run = true, .who = "bob"});
  f.planner.ask(f.operator_, scale{.slot = "decode-1", .run = true, .act = slot_act::kill});

  f.planner.ask(f.operator_, edits_query{});

  const auto& edits = f.planner.sent<edits_report>(f.operator_).at(0)->edits;
  REQUIRE(edits.size() == 3);
  CHECK(edits[0].act == slot_act::kill);
  CHECK(edits[0].outcome == "waiting");
  CHECK(edits[1].who == "bob");
  CHECK(edits[1].outcome.find("no slot") != std::string::npos);
  CHECK(edits[2].who == "ann");
  CHECK(edits[2].node == "host");
  CHECK(edits[2].generation == 5);
  CHECK(edits[2].outcome == "done");
  CHECK(edits[2].age_ms == 2000);
}

TEST_CASE("only the last edits are remembered") {
  fixture f;
  f.report();
  for (std::size_t i = 0; i < limits::told_edits_max + 5; ++i) {
    f.planner.ask(f.operator_, scale{.slot = "no-" + std::to_string(i), .run = true});
  }
  f.planner.ask(f.operator_, edits_query{});
  const auto& edits = f.planner.sent<edits_report>(f.operator_).at(0)->edits;
  CHECK(edits.size() == limits::told_edits_max);
  CHECK(edits.front().slot == "no-" + std::to_string(limits::told_edits_max + 4));
}
