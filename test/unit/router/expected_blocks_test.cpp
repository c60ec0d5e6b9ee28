// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/router/expected_blocks.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

const time_point t0 = time_point{} + 1h;

block_name name_of(std::uint64_t n) {
  return {{.high = n, .low = n}};
}

} // namespace

TEST_CASE("a block is expected until it arrives or its time is over") {
  expected_blocks coming(10, 2s);
  CHECK(!coming.next_expiry());
  coming.expect(name_of(1), t0);
  coming.expect(name_of(2), t0 + 1s);
  CHECK(coming.has(name_of(1), t0 + 1s));
  CHECK(!coming.has(name_of(1), t0 + 2s));
  CHECK(coming.next_expiry() == t0 + 2s);

  coming.arrived(name_of(2));
  CHECK(!coming.has(name_of(2), t0 + 1s));
  coming.expire(t0 + 2s);
  CHECK(coming.size() == 0);
  coming.expire(t0 + 3s);
  CHECK(!coming.next_expiry());
}

TEST_CASE("one that is expected anew keeps its later end") {
  expected_blocks coming(10, 2s);
  coming.expect(name_of(1), t0);
  coming.expect(name_of(1), t0 + 1s);
  coming.expire(t0 + 2s);
  CHECK(coming.has(name_of(1), t0 + 2s));
  coming.expire(t0 + 3s);
  CHECK(coming.size() == 0);
}

TEST_CASE("no more are kept than allowed, and what is kept of the past is bounded") {
  expected_blocks coming(3, 2s);
  for (std::uint64_t n = 1; n <= 3; ++n) {
    CHECK(coming.expect(name_of(n), t0));
  }
  CHECK(!coming.expect(name_of(4), t0));
  for (int again = 0; again < 100'000; ++again) {
    REQUIRE(coming.expect(name_of(2), t0 + again * 1us));
  }
  CHECK(coming.size() == 3);
  CHECK(coming.ends_kept() <= 4 * 64 + 1);
  coming.expire(t0 + 1h);
  CHECK(coming.size() == 0);
}
