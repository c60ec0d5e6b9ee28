// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/suspicion.hpp"

#include "actors/gateway/lost_workers.hpp"
#include "test/unit/gateway/core_rig.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

node_ref life(std::uint64_t n) {
  return {{n}, {n * 10}};
}

request_id id(std::uint64_t n) {
  return request_id{{0, n}};
}

} // namespace

TEST_CASE("a death in company makes a suspect, and a death alone condemns it") {
  suspicion doubt;
  CHECK_FALSE(doubt.is_alone(0));

  doubt.named("a", 5, false);
  CHECK(doubt.is_alone(0));
  CHECK(doubt.is_alone(5));
  CHECK_FALSE(doubt.is_condemned());

  doubt.named("b", 5, true);
  CHECK(doubt.is_condemned());
  CHECK(doubt.by() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("who gets past the token it was making is cleared") {
  suspicion doubt;
  doubt.named("a", 5, false);

  CHECK_FALSE(doubt.is_alone(6));
  CHECK(doubt.alone_until() == 6);
}

TEST_CASE("two deaths in company condemn nobody, but from then on it is always alone") {
  suspicion doubt;
  doubt.named("a", 5, false);
  doubt.named("b", 50, false);

  CHECK_FALSE(doubt.is_condemned());
  CHECK(doubt.is_alone(1'000'000));
  doubt.named("c", 60, true);
  CHECK(doubt.is_condemned());
}

TEST_CASE("one death condemns nobody, even alone") {
  suspicion doubt;
  doubt.named("a", 0, true);
  CHECK_FALSE(doubt.is_condemned());
  CHECK(doubt.is_alone(0));
}

TEST_CASE("the word of a death and its loss come in either order, each life dies once") {
  lost_workers lost;
  CHECK_FALSE(lost.is_told(life(1)));
  lost.lost(life(1), id(7));
  lost.lost(life(1), id(7));
  CHECK_FALSE(lost.is_told(life(1)));

  CHECK(lost.told(life(1)));
  CHECK_FALSE(lost.told(life(1)));
  CHECK(lost.is_told(life(1)));
  CHECK(lost.held(life(1), 3).requests == std::vector<request_id>{id(7)});
  CHECK(lost.held(life(1), 3).no == 3);
  CHECK(lost.told(life(2)));
  CHECK_FALSE(lost.told({}));
}

TEST_CASE("only so many lost workers and so many requests of each are remembered") {
  lost_workers lost;
  for (std::uint64_t n = 1; n <= 1000; ++n) {
    lost.lost(life(n), id(n));
  }
  CHECK(lost.size() == lost_workers::lives_max);
  for (std::uint64_t n = 1; n <= 1000; ++n) {
    lost.lost(life(1000), id(n));
  }
  const auto held = lost.held(life(1000), 1);
  CHECK(held.requests.size() == limits::held_requests_max);
  CHECK(held.more == 1000 - limits::held_requests_max);
}
