// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/directory/election.hpp"

#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

const time_point t0 = time_point{} + 1h;
const node_ref me = ref_of(5).node;
const node_ref peer = ref_of(6).node;
const node_ref member_1 = ref_of(1).node;

struct fixture {
  election votes{me, {3s, 375ms}, t0, {}};
};

} // namespace

TEST_CASE("a directory that hears of no epoch begins the first one after a lease") {
  fixture f;

  CHECK_FALSE(f.votes.advance(0, t0 + 2s));
  CHECK(f.votes.is_young(t0 + 2s));
  CHECK(f.votes.advance(0, t0 + 3s));
  CHECK(f.votes.highest() == leadership{1, me});
  CHECK(f.votes.leads());
}

TEST_CASE("while anybody holds the leader's lease no other directory leads") {
  fixture f;
  for (int s = 0; s < 60; ++s) {
    f.votes.hear(member_1, {7, peer}, true, t0 + std::chrono::seconds(s));
    CHECK_FALSE(f.votes.advance(0, t0 + std::chrono::seconds(s)));
  }

  CHECK_FALSE(f.votes.advance(0, t0 + 61s));
  CHECK(f.votes.advance(0, t0 + 62s));
  CHECK(f.votes.highest() == leadership{8, me});
}

TEST_CASE("members that only know of the leader do not keep it alive") {
  fixture f;
  for (int s = 0; s < 4; ++s) {
    f.votes.hear(member_1, {7, peer}, false, t0 + std::chrono::seconds(s));
  }

  CHECK(f.votes.advance(0, t0 + 3s));
}

TEST_CASE("a leader that hears of a higher epoch leads no more") {
  fixture f;
  f.votes.advance(0, t0 + 3s);

  CHECK(f.votes.hear(member_1, {2, peer}, true, t0 + 4s));

  CHECK_FALSE(f.votes.leads());
  CHECK(f.votes.highest() == leadership{2, peer});
}

TEST_CASE("of two that led under one number the greater goes on") {
  fixture f;
  f.votes.advance(0, t0 + 3s);

  CHECK_FALSE(f.votes.hear(member_1, {1, member_1}, true, t0 + 4s));
  CHECK(f.votes.leads());
  CHECK(f.votes.hear(member_1, {1, peer}, true, t0 + 4s));
  CHECK_FALSE(f.votes.leads());
}

TEST_CASE("directories of a higher rank wait for their turn") {
  fixture f;
  f.votes.hear(member_1, {7, peer}, true, t0);

  CHECK(f.votes.next(0) == t0 + 3s);
  CHECK(f.votes.next(2) == t0 + 3750ms);
}

TEST_CASE("time in which nothing could be heard neither matures nor vacates") {
  fixture f;
  f.votes.excuse(t0 + 1s, t0 + 5s); // It would have been grown up meanwhile.
  CHECK(f.votes.is_young(t0 + 7s));

  f.votes.hear(member_1, {7, peer}, true, t0 + 8s);
  f.votes.excuse(t0 + 9s, t0 + 60s);
  CHECK_FALSE(f.votes.advance(0, t0 + 62s));
  CHECK(f.votes.advance(0, t0 + 63s));
}

TEST_CASE("one that slept while it waited for its turn listens anew before it leads") {
  fixture f;
  REQUIRE_FALSE(f.votes.advance(2, t0 + 3s)); // Grown up, but two go first.

  f.votes.excuse(t0 + 3s, t0 + 8s);

  CHECK_FALSE(f.votes.advance(2, t0 + 8s));
  CHECK(f.votes.is_young(t0 + 8s));
  f.votes.hear(member_1, {1, peer}, true, t0 + 9s);
  CHECK_FALSE(f.votes.advance(2, t0 + 11s));
}

TEST_CASE("a number that would leave none to lead with is not believed") {
  fixture f;

  CHECK_FALSE(f.votes.hear(member_1, {~std::uint64_t{0}, peer}, true, t0));

  f.votes.advance(0, t0 + 3s);
  CHECK(f.votes.highest() == leadership{1, me});
}
