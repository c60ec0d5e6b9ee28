// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/membership/member_views.hpp"

#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

const time_point t0 = time_point{} + 1h;
const actor_ref one = ref_of(11);
const actor_ref other = ref_of(12);

member someone(std::uint64_t n) {
  return {.node = ref_of(n).node, .name = "n"};
}

members whole(std::uint64_t epoch, std::vector<member> added) {
  return {.epoch = epoch, .full = true, .added = std::move(added)};
}

struct fixture {
  member_views views{ref_of(20).node, 1s, 3s};

  fixture() {
    views.directory_up(one, t0);
    views.directory_up(other, t0);
    views.apply(one, whole(0, {}), t0);
    views.apply(other, whole(0, {}), t0);
  }
  [[nodiscard]] bool knows(std::uint64_t n) const {
    views.check_invariants();
    return views.known().contains(ref_of(n).node);
  }
};

} // namespace

TEST_CASE("a member is known while any directory names it") {
  fixture f;
  f.views.apply(one, whole(1, {someone(1)}), t0 + 2s);
  f.views.apply(other, whole(1, {someone(1), someone(2)}), t0 + 2s);

  f.views.apply(one, whole(1, {}), t0 + 2s);
  CHECK(f.knows(1));
  f.views.apply(other, {.epoch = 1, .removed = {ref_of(1).node}}, t0 + 2s);

  CHECK_FALSE(f.knows(1));
  CHECK(f.knows(2));
}

TEST_CASE("absence from a young directory removes nobody, from a grown one it does") {
  fixture f;
  f.views.directory_down(other, t0);
  f.views.apply(one, whole(3, {someone(2)}), t0 + 2s);

  f.views.apply(one, whole(0, {}), t0 + 2s);
  CHECK(f.knows(2));
  f.views.apply(one, whole(4, {}), t0 + 2s);

  CHECK_FALSE(f.knows(2));
}

TEST_CASE("a directory just reached may not know yet who else is back") {
  fixture f;
  f.views.apply(one, whole(1, {someone(1)}), t0);
  f.views.directory_down(one, t0 + 2s);
  f.views.directory_down(other, t0 + 2s);
  f.views.directory_up(one, t0 + 9s);

  f.views.apply(one, whole(1, {}), t0 + 9s);
  CHECK(f.knows(1));
  REQUIRE(f.views.next() == t0 + 10s);
  const auto changed = f.views.settle(t0 + 10s);

  CHECK(changed.removed.size() == 1);
  CHECK_FALSE(f.knows(1));
}

TEST_CASE("a directory that stood still since it was reached may not know yet who else is back") {
  fixture f;
  f.views.apply(one, whole(1, {someone(1)}), t0);
  f.views.directory_down(one, t0 + 2s);
  f.views.directory_down(other, t0 + 2s);
  f.views.directory_up(one, t0 + 9s);

  f.views.apply(one, whole(1, {}), t0 + 16s);
  CHECK(f.knows(1));
  CHECK(f.views.next() == t0 + 17s);
  f.views.apply(one, whole(1, {}), t0 + 16s + 1ms);
  CHECK(f.knows(1));

  f.views.settle(t0 + 17s);
  CHECK_FALSE(f.knows(1));
}

TEST_CASE("news that come just before the wake for a settled directory do not put it off") {
  fixture f;
  f.views.directory_down(other, t0);
  f.views.apply(one, whole(1, {someone(1), someone(2)}), t0);
  f.views.directory_down(one, t0 + 1s);
  f.views.directory_up(one, t0 + 5s);
  f.views.apply(one, whole(1, {someone(2)}), t0 + 5s);
  CHECK(f.knows(1));

  f.views.apply(one, {.epoch = 1, .added = {someone(3)}}, t0 + 6s);

  CHECK_FALSE(f.knows(1));
  CHECK(f.knows(2));
}

TEST_CASE("what a lost directory named is kept for the grace, and until another may contradict") {
  fixture f;
  f.views.apply(one, whole(1, {someone(1)}), t0);
  f.views.directory_down(one, t0);
  f.views.settle(t0 + 60s);
  CHECK(f.knows(1));

  f.views.apply(other, whole(1, {}), t0 + 61s);

  CHECK_FALSE(f.knows(1));
}

TEST_CASE("with another directory, what a lost one named lasts the grace") {
  fixture f;
  f.views.apply(one, whole(1, {someone(1)}), t0 + 1s);
  f.views.apply(other, whole(1, {}), t0 + 1s);
  f.views.directory_down(one, t0 + 1s);

  f.views.settle(t0 + 3s);
  CHECK(f.knows(1));
  f.views.settle(t0 + 4s);

  CHECK_FALSE(f.knows(1));
}

TEST_CASE("who is removed by a directory that knew it does not live on in a lost one's list") {
  fixture f;
  f.views.apply(one, whole(1, {someone(1), someone(2)}), t0 + 2s);
  f.views.apply(other, whole(1, {someone(1), someone(2), someone(3)}), t0 + 2s);
  f.views.directory_down(other, t0 + 5s);

  f.views.apply(one, {.epoch = 1, .removed = {ref_of(1).node, ref_of(3).node}}, t0 + 6s);

  CHECK_FALSE(f.knows(1));
  CHECK(f.knows(2));
  CHECK(f.knows(3)); // Which it never knew.
}

TEST_CASE("a process that came back replaces its former life in every directory's list") {
  fixture f;
  f.views.apply(one, whole(1, {someone(1)}), t0);
  f.views.apply(other, whole(1, {someone(1)}), t0);
  auto reborn = someone(1);
  reborn.node.life = {77};

  const auto changed =
      f.views.apply(one, {.epoch = 1, .added = {reborn}, .removed = {ref_of(1).node}}, t0);

  CHECK(changed.removed.size() == 1);
  CHECK(f.views.known().size() == 1);
}

TEST_CASE("what is known already is no news, unless it is said in a whole list") {
  fixture f;
  f.views.apply(one, {.epoch = 1, .added = {someone(1)}}, t0);

  CHECK(f.views.apply(other, {.epoch = 1, .added = {someone(1)}}, t0).added.empty());
  CHECK(f.views.apply(other, whole(1, {someone(1)}), t0).added.size() == 1);
}

TEST_CASE("a node knows itself, whatever others say") {
  fixture f;
  f.views.apply(one, whole(1, {someone(20)}), t0 + 1s);

  f.views.apply(one, whole(1, {}), t0 + 2s);

  CHECK(f.knows(20));
}

TEST_CASE("views hold at most as many members as a cluster may have") {
  fixture f;
  members many{.epoch = 1, .full = true};
  for (std::uint64_t n = 1; n <= limits::members_max + 10; ++n) {
    many.added.push_back(someone(n));
  }

  f.views.apply(one, many, t0);

  CHECK(f.views.known().size() == limits::members_max);
}
