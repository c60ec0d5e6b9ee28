// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/admin.hpp"
#include "messages/inspect.hpp"
#include "messages/move.hpp"
#include "messages/plan.hpp"
#include "messages/vocab/error_codes.hpp"
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

namespace {

const request_id moving{{0, 5}};
constexpr const char* moving_text = "chatcmpl-00000000000000000000000000000005";

requests_report running_on(std::uint64_t node, std::uint32_t attempt = 1) {
  request_info one{.request = moving, .model = "tiny", .accepted_tokens = 40};
  one.attempts = {{.attempt = {attempt},
                   .decode = {.node = ref_of(node).node},
                   .asked_ms = 10,
                   .placed_ms = 11,
                   .token_ms = 30}};
  return {.requests = {one}};
}

} // namespace

TEST_CASE("a migration is asked of the request's gateway, and done when it runs there") {
  scripted_cluster cluster;
  cluster.may_write = true;
  cluster.answer_with(running_on(4));
  cluster.answer_with(move_begun{.streams = 1, .accepted_tokens = 40});
  cluster.answer_with(running_on(4));
  cluster.answer_with(running_on(3, 2));
  const auto got = cluster.run(std::string("migrate ") + moving_text + " to decode-1");
  REQUIRE(got);
  const auto asked = cluster.asked_of<move_request>();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0]->request == moving);
  CHECK(asked[0]->node == "decode-1");
  CHECK(asked[0]->who == "ann@host");
  REQUIRE(cluster.plans.size() == 1);
  CHECK(cluster.plans[0].find("keeps the 40 tokens") != std::string::npos);
  CHECK(got->before.at(0).find("attempt 2 runs on decode-1 from token 40 on, 20 ms")
        != std::string::npos);
}

TEST_CASE("a request that runs elsewhere in the end is told to") {
  scripted_cluster cluster;
  cluster.may_write = true;
  cluster.answer_with(running_on(4));
  cluster.answer_with(move_begun{.streams = 1});
  cluster.answer_with(running_on(2, 2));
  const auto got = cluster.run(std::string("migrate ") + moving_text + " to decode-1");
  REQUIRE_FALSE(got);
  CHECK(got.err().text.find("runs on gateway-1 now") != std::string::npos);
}

TEST_CASE("what cannot be migrated is refused before anybody is asked to") {
  const auto refused = [](requests_report told, const std::string& line, bool may_write = true) {
    scripted_cluster cluster;
    cluster.may_write = may_write;
    cluster.answer_with(std::move(told));
    const auto got = cluster.run(line);
    REQUIRE_FALSE(got);
    CHECK(cluster.asked_of<move_request>().empty());
    CHECK(cluster.plans.empty());
    return got.err();
  };
  const auto line = std::string("migrate ") + moving_text + " to ";
  CHECK(refused(running_on(4), line + "nowhere").code == errc::not_found);
  CHECK(refused(running_on(4), line + "gateway-1").code == errc::invalid_value);
  CHECK(refused(running_on(3), line + "decode-1").text.find("already") != std::string::npos);
  CHECK(refused({}, line + "decode-1").code == errc::not_found);
  auto ended = running_on(4);
  ended.requests[0].phase = request_phase::completed;
  CHECK(refused(ended, line + "decode-1").text.find("has ended (completed)") != std::string::npos);
  auto other = running_on(4);
  other.requests[0].model = "big";
  CHECK(refused(other, line + "decode-1").code == errors::wrong_model);
  CHECK(refused(running_on(4), line + "decode-1", false).text.find("read-only")
        != std::string::npos);
}
