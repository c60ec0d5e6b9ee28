// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/chaos/process_schedule.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <tuple>

namespace troupe::chaos {

namespace {

harm_ranges ranges() {
  return {.kinds = *parse_process_harms({}),
          .names = {"a", "b", "c"},
          .length = 100s,
          .every = 1s,
          .stop_max = 3s};
}

auto tuples(const std::vector<planned_harm>& plan) {
  std::vector<std::tuple<duration, process_harm, std::string, duration>> out;
  for (const auto& each : plan) {
    out.emplace_back(each.at, each.what, each.whom, each.stopped);
  }
  return out;
}

} // namespace

TEST_CASE("a schedule of harm is the same for the same seed, and another for another") {
  CHECK(tuples(plan_harm(5, ranges())) == tuples(plan_harm(5, ranges())));
  CHECK(tuples(plan_harm(5, ranges())) != tuples(plan_harm(6, ranges())));
}

TEST_CASE("a schedule goes by time, harms everybody in every way, and nobody while stopped") {
  const auto plan = plan_harm(1, ranges());
  CHECK(plan.size() > 50);
  std::map<std::string, duration> stopped_till;
  std::set<std::string> whom;
  std::set<process_harm> kinds;
  duration last{0};
  for (const auto& each : plan) {
    REQUIRE(each.at >= last);
    REQUIRE(each.at < 100s);
    REQUIRE(each.at >= stopped_till[each.whom]);
    REQUIRE((each.what == process_harm::stop) == (each.stopped > duration{0}));
    REQUIRE(each.stopped <= 3s);
    stopped_till[each.whom] = each.at + each.stopped;
    last = each.at;
    whom.insert(each.whom);
    kinds.insert(each.what);
  }
  CHECK(whom.size() == 3);
  CHECK(kinds.size() == 3);
}

TEST_CASE("an unknown harm is refused") {
  CHECK(*parse_process_harms({"stop"}) == std::vector{process_harm::stop});
  CHECK_FALSE(parse_process_harms({"stop", "shout"}));
}

TEST_CASE("a run with less load than asked is void; a gateway's new life counts from zero") {
  load_floor load(10);
  load.saw("g1", 1, 1000);
  load.saw("g1", 1, 1040);
  load.saw("g2", 7, 0);
  load.saw("g2", 7, 30);
  CHECK(load.ended() == 70);
  load.saw("g1", 2, 30);
  CHECK(load.ended() == 100);
  CHECK(load.per_second(10s) == doctest::Approx(10));
  CHECK_FALSE(load.is_void(10s));
  CHECK(load.is_void(11s));
  CHECK(load_floor(1).is_void(10s));
}

} // namespace troupe::chaos
