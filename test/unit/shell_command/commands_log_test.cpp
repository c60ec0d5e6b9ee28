// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/node_log.hpp"
#include "test/unit/shell_command/scripted_cluster.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

TEST_CASE("the logs of all nodes are shown in the order of time") {
  scripted_cluster cluster;
  cluster.answer_with(log_report{.last = 2, .lines = {{1, "ts=1 a"}, {2, "ts=4 d"}}});
  cluster.answer_with(log_report{.last = 1, .lines = {{1, "ts=2 b"}}});
  cluster.answer_with(log_report{.last = 1, .lines = {{1, "ts=3 c"}}});
  REQUIRE(cluster.run("log -n 5"));
  CHECK(cluster.emitted
        == std::vector<std::string>{"host-agent  ts=1 a", "gateway-1  ts=2 b", "decode-1  ts=3 c",
                                    "host-agent  ts=4 d"});
  CHECK(cluster.asked_of<log_query>().at(0)->lines_max == 5);
}

TEST_CASE("the lines of one actor are asked of its process, and followed from the last on") {
  scripted_cluster cluster;
  cluster.answer_with(log_report{.last = 7, .lines = {{7, "first"}}});
  cluster.answer_with(log_report{.last = 300, .missed = 37, .lines = {{300, "second"}}});
  REQUIRE(cluster.run("log decode@decode-1 --for 0.9s"));
  REQUIRE(cluster.asked_of<log_query>().size() >= 2);
  CHECK(cluster.asked.at(0).to == scripted_cluster::actor(3, 1));
  CHECK(cluster.asked_of<log_query>().at(0)->actor == 31);
  CHECK(cluster.asked_of<log_query>().at(1)->after == 7);
  CHECK(cluster.emitted
        == std::vector<std::string>{
            "decode-1  first", "decode-1  -- 37 lines were too many to keep", "decode-1  second"});
}

TEST_CASE("a level is set for a time, after the plan was agreed to") {
  scripted_cluster cluster;
  CHECK(cluster.run("log level decode-1 debug").err().text.find("read-only") != std::string::npos);
  cluster.may_write = true;
  cluster.answer_with(log_level_set{});
  REQUIRE(cluster.run("log level decode@decode-1 debug --for 2m"));
  const auto& order = *cluster.asked_of<log_level>().at(0);
  CHECK(order.actor == 31);
  CHECK(order.least == log_detail::debug);
  CHECK(order.for_ms == 120'000);
  CHECK(order.who == "ann@host");
  CHECK(cluster.plans.size() == 1);

  cluster.answer_with(log_level_set{});
  REQUIRE(cluster.run("log level decode-1 default"));
  CHECK(cluster.asked_of<log_level>().at(1)->for_ms == 0);
  CHECK(cluster.asked_of<log_level>().at(1)->actor == 0);
}

TEST_CASE("an unknown level, a time without end and an unknown name are refused") {
  scripted_cluster cluster;
  cluster.may_write = true;
  CHECK(cluster.run("log level decode-1 loud").err().field == "LEVEL");
  CHECK(cluster.run("log level decode-1 debug --for 61m").err().field == "--for");
  CHECK(cluster.run("log level nobody debug").err().code == errc::not_found);
  CHECK(cluster.run("log nobody").err().code == errc::not_found);
  CHECK(cluster.asked.empty());
}
