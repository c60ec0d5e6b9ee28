// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/core/actor_groups.hpp"

#include "messages/crash.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

member node_with(std::uint64_t n, std::initializer_list<service_role> roles) {
  member who{.node = ref_of(n).node};
  std::uint64_t number = 0;
  for (const auto role : roles) {
    who.services.push_back({.role = role, .actor = {.node = who.node, .actor = ++number}});
  }
  return who;
}

actor_groups of_three() {
  actor_groups all;
  all.apply(
      {.added = {node_with(1, {service_role::gateway, service_role::router}),
                 node_with(2, {service_role::gateway}), node_with(3, {service_role::worker})}});
  return all;
}

} // namespace

TEST_CASE("a group is whoever has the role, on any node") {
  const auto all = of_three();

  CHECK(all.of(service_role::gateway).size() == 2);
  CHECK(all.of(service_role::router).size() == 1);
  CHECK(all.of(service_role::planner).empty());
  CHECK(all.has(service_role::worker, {.node = ref_of(3).node, .actor = 1}));
  CHECK_FALSE(all.has(service_role::gateway, {.node = ref_of(3).node, .actor = 1}));
}

TEST_CASE("who left, and who has another role now, is in no group any more") {
  auto all = of_three();

  all.apply({.added = {node_with(2, {service_role::worker})}, .removed = {ref_of(1).node}});

  CHECK(all.of(service_role::gateway).empty());
  CHECK(all.of(service_role::router).empty());
  CHECK(all.of(service_role::worker).size() == 2);
  CHECK(all.node_count() == 2);
}

TEST_CASE("what a group is told each of its actors is told") {
  outbox out;

  CHECK(of_three().tell(service_role::gateway, crash_told{.what = {.no = 7}}, out) == 2);

  REQUIRE(out.sent<crash_told>().size() == 2);
  CHECK(out.sent<crash_told>(actor_ref{.node = ref_of(2).node, .actor = 1})[0]->what.no == 7);
}

TEST_CASE("one of a group is the one at home, else equal for equal numbers, else nobody") {
  const auto all = of_three();

  CHECK(all.pick(service_role::gateway, ref_of(2).node, 0).node == ref_of(2).node);
  const auto far = all.pick(service_role::gateway, ref_of(3).node, 5);
  CHECK(far == all.pick(service_role::gateway, ref_of(3).node, 5));
  CHECK_FALSE(far == all.pick(service_role::gateway, ref_of(3).node, 6));
  CHECK_FALSE(all.pick(service_role::planner, ref_of(1).node, 0));
}

TEST_CASE("only so many nodes are known") {
  actor_groups all;
  members many;
  for (std::uint64_t n = 1; n <= limits::members_max + 10; ++n) {
    many.added.push_back(node_with(n, {service_role::worker}));
  }
  all.apply(many);
  CHECK(all.node_count() == limits::members_max);
  CHECK(all.of(service_role::worker).size() == limits::members_max);
}
