// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/admin.hpp"
#include "messages/plan.hpp"
#include "test/unit/shell_command/scripted_cluster.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

TEST_CASE("a read-only session says what a command would do, and does nothing") {
  for (const char* line :
       {"kill decode-1", "restart decode@decode-1", "stop decode-1", "spawn decode on host-agent",
        "scale decode 3", "send decode-1 drain{}", "ask decode-1 drain{}"}) {
    CAPTURE(line);
    scripted_cluster cluster;
    const auto got = cluster.run(line);
    REQUIRE_FALSE(got);
    CHECK(got.err().text.find("refused: read-only session") == 0);
    CHECK(got.err().text.find("Would: ") != std::string::npos);
    CHECK(cluster.plans.empty());
    CHECK(cluster.told.empty());
    CHECK(cluster.asked_of<scale>().empty());
    CHECK(cluster.asked_of<drain>().empty());
  }
}

TEST_CASE("a drain tells what it waits for") {
  scripted_cluster cluster;
  cluster.answer_with(status_report{.facts = {{"streams", "7"}}});
  const auto got = cluster.run("drain decode-1");
  REQUIRE_FALSE(got);
  CHECK(got.err().text.find("wait for its 7 streams") != std::string::npos);
}

TEST_CASE("without agreement nothing happens") {
  scripted_cluster cluster;
  cluster.may_write = true;
  cluster.agrees = false;
  const auto got = cluster.run("kill decode-1");
  REQUIRE_FALSE(got);
  CHECK(got.err().code == errc::cancelled);
  CHECK(cluster.plans.size() == 1);
  CHECK(cluster.asked_of<scale>().empty());
}

TEST_CASE("a kill becomes an order to the planner, in the operator's name") {
  scripted_cluster cluster;
  cluster.may_write = true;
  cluster.answer_with(status_report{});
  cluster.answer_with(order_done{.slot = "decode-1", .generation = 2});
  REQUIRE(cluster.run("kill decode@decode-1"));
  const auto orders = cluster.asked_of<scale>();
  REQUIRE(orders.size() == 1);
  CHECK(orders[0]->slot == "decode-1");
  CHECK(orders[0]->act == slot_act::kill);
  CHECK(orders[0]->who == "ann@host");
  CHECK(cluster.asked.back().to == scripted_cluster::actor(1, 11));
}

TEST_CASE("a spawn takes the model of its neighbours, a fresh name and flags") {
  scripted_cluster cluster;
  cluster.may_write = true;
  cluster.answer_with(order_done{.slot = "decode-2", .generation = 1});
  REQUIRE(cluster.run("spawn decode on host-agent threads=2"));
  const auto orders = cluster.asked_of<scale>();
  REQUIRE(orders.size() == 1);
  CHECK(orders[0]->slot == "decode-2");
  CHECK(orders[0]->node == "host-agent");
  CHECK(orders[0]->want.model == "models/tiny");
  CHECK(orders[0]->want.extra == std::vector<std::string>{"--threads", "2"});
}

TEST_CASE("what cannot be spawned is refused before anybody is asked") {
  scripted_cluster cluster;
  cluster.may_write = true;
  CHECK(cluster.run("spawn dekode on host-agent").err().code == errc::invalid_value);
  CHECK(cluster.run("spawn decode on nowhere").err().code == errc::not_found);
  CHECK(cluster.run("spawn decode at host-agent").err().code == errc::invalid_value);
  CHECK(cluster.run("spawn decode on host-agent --as decode-1").err().code == errc::invalid_value);
  CHECK(cluster.run("kill gateway-1").err().code == errc::invalid_value); // Two services: which?
  CHECK(cluster.run("kill gateway@gateway-1").err().code == errc::not_found); // No slot.
  CHECK(cluster.asked.empty());
  CHECK(cluster.plans.empty());
}

TEST_CASE("a role is scaled up by new slots and down by the last ones") {
  scripted_cluster cluster;
  cluster.may_write = true;
  cluster.answer_with(order_done{.slot = "decode-2", .generation = 1});
  cluster.answer_with(order_done{.slot = "decode-3", .generation = 1});
  const auto grown = cluster.run("scale decode 3");
  REQUIRE(grown);
  CHECK(grown->rows.size() == 2);
  auto orders = cluster.asked_of<scale>();
  REQUIRE(orders.size() == 2);
  CHECK(orders[0]->slot == "decode-2");
  CHECK(orders[1]->slot == "decode-3");
  CHECK(orders[1]->run);

  cluster.asked.clear();
  cluster.answer_with(order_done{.slot = "decode-1", .generation = 2});
  REQUIRE(cluster.run("scale decode 0"));
  orders = cluster.asked_of<scale>();
  REQUIRE(orders.size() == 1);
  CHECK(orders[0]->slot == "decode-1");
  CHECK_FALSE(orders[0]->run);
  CHECK(cluster.run("scale decode 1")->rows.empty());
  CHECK(cluster.run("scale decode many").err().code == errc::invalid_value);
}

TEST_CASE("a message that may change something is in the node's log before it is sent") {
  scripted_cluster cluster;
  cluster.may_write = true;
  cluster.answer_with(drained{});
  REQUIRE(cluster.run("ask decode-1 drain{}"));
  REQUIRE(cluster.asked.size() == 3);
  const auto* before = cluster.asked[0].what.as<operator_note>();
  REQUIRE(before != nullptr);
  CHECK(cluster.asked[0].to == scripted_cluster::actor(3, 1));
  CHECK(before->who == "ann@host");
  CHECK(before->outcome.empty());
  CHECK(cluster.asked[1].what.as<drain>() != nullptr);
  CHECK(cluster.asked[2].what.as<operator_note>()->outcome == "answered");
}
