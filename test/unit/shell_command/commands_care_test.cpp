// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/cache_care.hpp"
#include "messages/inspect.hpp"
#include "messages/plan.hpp"
#include "test/unit/shell_command/scripted_cluster.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

struct care_cluster : scripted_cluster {
  care_cluster() {
    may_write = true;
    add(4, "cache-1", {{service_role::cache_shard, 41}});
  }
  void prompt_has(std::vector<block_name> names) {
    answer_with(prompt_report{.what = {.prompt_tokens = 40, .names = std::move(names)}});
  }
};

} // namespace

TEST_CASE("the blocks of a text are dropped from every shard") {
  care_cluster cluster;
  cluster.prompt_has({block_name{hash128{0, 1}}, block_name{hash128{0, 2}}});
  cluster.answer_with(cache_cared{.blocks = 2});
  const auto got = cluster.run("cache evict \"a text\"");
  REQUIRE(got);
  CHECK(cluster.asked_of<prompt_query>().at(0)->text == "a text");
  const auto& order = *cluster.asked_of<cache_care>().at(0);
  CHECK(order.act == cache_act::evict);
  CHECK(order.names.size() == 2);
  CHECK(order.who == "ann@host");
  CHECK(cluster.asked.back().to == scripted_cluster::actor(4, 41));
  CHECK(got->before.at(0) == "dropped 2 blocks");
}

TEST_CASE("pins that found no room are told, and unpin is the same message") {
  care_cluster cluster;
  cluster.prompt_has({block_name{hash128{0, 1}}});
  cluster.answer_with(cache_cared{.blocks = 0, .refused = 1});
  const auto got = cluster.run("cache pin hello --on cache-1");
  REQUIRE(got);
  CHECK(got->after.at(0).find("half") != std::string::npos);
  cluster.prompt_has({block_name{hash128{0, 1}}});
  cluster.answer_with(cache_cared{.blocks = 1});
  REQUIRE(cluster.run("cache unpin hello"));
  CHECK(cluster.asked_of<cache_care>().at(1)->act == cache_act::unpin);
}

TEST_CASE("a text of less than a block, and a node without a shard, are refused") {
  care_cluster cluster;
  cluster.prompt_has({});
  CHECK(cluster.run("cache pin hello").err().text.find("less than one block") != std::string::npos);
  CHECK(cluster.run("cache evict hello --on decode-1").err().code == errc::not_found);
  CHECK(cluster.run("cache heat decode-1").err().code == errc::not_found);
  CHECK(cluster.asked_of<cache_care>().empty());
}

TEST_CASE("heat is shown by bands, the hottest first") {
  care_cluster cluster;
  cluster.answer_with(heat_report{.bands = {{.hits_min = 0, .blocks = 5},
                                            {.hits_min = 1},
                                            {.hits_min = 2, .blocks = 1, .hits = 3}}});
  const auto got = cluster.run("cache heat");
  REQUIRE(got);
  REQUIRE(got->rows.size() == 2);
  CHECK(*got->rows[0][1].as_string() == "2-3");
  CHECK(*got->rows[1][1].as_string() == "0");
}

TEST_CASE("a worker is cordoned and taken back; what is no worker is refused") {
  care_cluster cluster;
  cluster.answer_with(cordoned{.streams = 3});
  const auto got = cluster.run("cordon decode-1");
  REQUIRE(got);
  CHECK(cluster.asked_of<cordon>().at(0)->on);
  CHECK(got->before.at(0) == "decode@decode-1 takes no new work; 3 streams go on");
  cluster.answer_with(cordoned{.was = true});
  REQUIRE(cluster.run("uncordon decode-1"));
  CHECK(!cluster.asked_of<cordon>().at(1)->on);
  CHECK(cluster.run("cordon router").err().code == errc::invalid_value);
}

TEST_CASE("a router's setting is a name and a number") {
  care_cluster cluster;
  cluster.answer_with(router_settings{.settings = {{"near_equal_ms", "5"}}});
  REQUIRE(cluster.run("router set near_equal_ms=5"));
  CHECK(cluster.asked_of<router_set>().at(0)->setting == "near_equal_ms");
  CHECK(cluster.asked_of<router_set>().at(0)->value == doctest::Approx(5));
  CHECK(cluster.run("router set near_equal_ms").err().code == errc::invalid_value);
  CHECK(cluster.run("router set near_equal_ms=much").err().field == "VALUE");
  CHECK(cluster.run("router set near_equal_ms=5 --on cache-1").err().code == errc::not_found);
}

TEST_CASE("the history of edits comes from the planner") {
  care_cluster cluster;
  cluster.answer_with(edits_report{.edits = {{.age_ms = 1500,
                                              .who = "bob",
                                              .node = "host-agent",
                                              .slot = "decode-1",
                                              .act = slot_act::kill,
                                              .outcome = "done"}}});
  const auto got = cluster.run("plan history");
  REQUIRE(got);
  REQUIRE(got->rows.size() == 1);
  CHECK(*got->rows[0][4].as_string() == "kill");
}

TEST_CASE("net shows rates between two looks") {
  care_cluster cluster;
  for (const std::uint64_t frames : {100U, 300U}) {
    cluster.answer_with(node_report{.node = "host-agent"});
    cluster.answer_with(node_report{.node = "gateway-1",
                                    .links = {{.peer = ref_of(3).node,
                                               .name = "decode-1",
                                               .frames_in = frames,
                                               .bytes_in = frames << 10U}}});
    cluster.answer_with(node_report{.node = "decode-1"});
    cluster.answer_with(node_report{.node = "cache-1"});
  }
  const auto got = cluster.run("net --for 2s");
  REQUIRE(got);
  REQUIRE(got->rows.size() == 1);
  CHECK(got->rows[0][2].as_number() == doctest::Approx(100));
  CHECK(got->rows[0][4].as_number() == doctest::Approx(100));
}
