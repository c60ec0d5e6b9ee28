// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/disturb.hpp"
#include "test/unit/shell_command/scripted_cluster.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

struct chaos_cluster : scripted_cluster {
  chaos_cluster() { may_write = may_harm = true; }
};

} // namespace

TEST_CASE("a delay is ordered of who receives, names who sends, and ends by itself") {
  chaos_cluster cluster;
  cluster.answer_with(link_disturbed{});
  const auto got = cluster.run("delay decode-1 to gateway-1 50ms --for 2s");
  REQUIRE(got);
  CHECK(cluster.asked.back().to == scripted_cluster::actor(2, 1));
  const auto& order = *cluster.asked_of<disturb_link>().at(0);
  CHECK(order.peer == ref_of(3).node);
  CHECK(order.delay_us == 50'000);
  CHECK(order.lost_per_million == 0);
  CHECK(order.for_ms == 2000);
  CHECK(order.who == "ann@host");
  CHECK(cluster.plans.size() == 1);
}

TEST_CASE("a share of frames is dropped, in percent") {
  chaos_cluster cluster;
  cluster.answer_with(link_disturbed{});
  REQUIRE(cluster.run("drop gateway-1 to decode-1 1.5%"));
  CHECK(cluster.asked.back().to == scripted_cluster::actor(3, 1));
  CHECK(cluster.asked_of<disturb_link>().at(0)->lost_per_million == 15'000);
  CHECK(cluster.asked_of<disturb_link>().at(0)->for_ms == 10'000);
}

TEST_CASE("harm needs --chaos besides --write, and is not done without agreement") {
  scripted_cluster cluster;
  CHECK(cluster.run("crash decode-1").err().text.find("read-only") != std::string::npos);
  cluster.may_write = true;
  const auto refused = cluster.run("delay decode-1 to gateway-1 50ms");
  CHECK(refused.err().code == errc::unsupported);
  CHECK(refused.err().text.find("--chaos") != std::string::npos);
  cluster.may_harm = true;
  cluster.agrees = false;
  CHECK(cluster.run("drop decode-1 to gateway-1 1%").err().code == errc::cancelled);
  CHECK(cluster.asked_of<disturb_link>().empty());
  CHECK(cluster.asked_of<crash_process>().empty());
}

TEST_CASE("what cannot be disturbed is named") {
  chaos_cluster cluster;
  CHECK(cluster.run("delay decode-1 to nowhere 50ms").err().code == errc::not_found);
  CHECK(cluster.run("delay decode-1 to decode-1 50ms").err().code == errc::invalid_value);
  CHECK(cluster.run("delay decode-1 to gateway-1 11s").err().field == "TIME");
  CHECK(cluster.run("drop decode-1 to gateway-1 101%").err().field == "SHARE%");
  CHECK(cluster.run("drop decode-1 to gateway-1 1% --for 1h").err().field == "--for");
  CHECK(cluster.asked.empty());
}

TEST_CASE("a crash is ordered of the process itself, if an agent starts it again") {
  chaos_cluster cluster;
  cluster.answer_with(status_report{.facts = {{"streams", "2"}}});
  cluster.answer_with(crash_begun{});
  const auto got = cluster.run("crash decode@decode-1");
  REQUIRE(got);
  CHECK(cluster.asked.back().to == scripted_cluster::actor(3, 1));
  CHECK(cluster.asked_of<crash_process>().at(0)->who == "ann@host");
  CHECK(cluster.plans.at(0).find("2 streams") != std::string::npos);
  CHECK(cluster.run("crash gateway@gateway-1").err().text.find("kept by no agent")
        != std::string::npos);
}
