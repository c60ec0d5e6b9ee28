// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/chaos/fault_plan.hpp"

#include <doctest/doctest.h>

#include <set>
#include <tuple>

namespace troupe::chaos {

namespace {

fault_ranges ranges() {
  return {.kinds = *parse_wire_faults({}), .every_bytes = 1000, .pause_max = 50ms, .length_max = 8};
}

using seen = std::tuple<wire_fault, std::uint64_t, duration, std::size_t, unsigned>;

std::vector<seen> first(std::uint64_t seed, std::uint64_t connection, bool upward) {
  fault_plan plan(seed, connection, upward, ranges());
  std::vector<seen> out;
  for (int i = 0; i < 50; ++i) {
    const auto& next = plan.next();
    out.emplace_back(next.what, next.at, next.pause, next.length, next.bit);
    plan.advance();
  }
  return out;
}

} // namespace

TEST_CASE("a fault plan is the same for the same seed, connection and direction, and no other") {
  CHECK(first(7, 3, true) == first(7, 3, true));
  const std::set<std::vector<seen>> all{first(7, 3, true), first(7, 3, false), first(7, 4, true),
                                        first(8, 3, true)};
  CHECK(all.size() == 4);
}

TEST_CASE("faults of a plan lie within their ranges, do not overlap, and are of every kind") {
  fault_plan plan(1, 0, true, ranges());
  std::set<wire_fault> kinds;
  std::uint64_t free_from = 0;
  constexpr int count = 2000;
  for (int i = 0; i < count; ++i) {
    const auto& next = plan.next();
    REQUIRE(next.at >= free_from);
    REQUIRE((next.pause > 0ms && next.pause <= 50ms));
    REQUIRE((next.length >= 1 && next.length <= 8));
    REQUIRE(next.bit < 8);
    free_from = next.at + 2 * next.length;
    kinds.insert(next.what);
    plan.advance();
  }
  CHECK(kinds.size() == 7);
  CHECK(free_from / count > 800);
  CHECK(free_from / count < 1200);
}

TEST_CASE("an unknown fault of a wire is refused with those there are") {
  CHECK(parse_wire_faults({"flip", "reset"})->size() == 2);
  const auto refused = parse_wire_faults({"flap"});
  REQUIRE_FALSE(refused);
  CHECK(refused.err().text.find("half_open") != std::string::npos);
}

} // namespace troupe::chaos
