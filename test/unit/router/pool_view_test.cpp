// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/router/pool_view.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

block_name name(std::uint64_t n) {
  return {{n, n * 7 + 1}};
}

kv_delta delta(std::uint64_t seq, std::vector<block_name> stored,
               std::vector<block_name> removed = {}) {
  return {.epoch = 1, .seq = seq, .stored = std::move(stored), .removed = std::move(removed)};
}

kv_snapshot snapshot(std::uint64_t as_of, std::vector<block_name> names, std::uint32_t part = 0,
                     bool last = true) {
  return {.epoch = 1, .as_of = as_of, .part = part, .last = last, .names = std::move(names)};
}

} // namespace

TEST_CASE("a view is the snapshot and the deltas after it") {
  pool_view view;

  CHECK(view.apply(snapshot(4, {name(1), name(2)})) == pool_view::outcome::ok);
  CHECK(view.apply(delta(5, {name(3)}, {name(1)})) == pool_view::outcome::ok);

  CHECK_FALSE(view.has(name(1)));
  CHECK(view.has(name(2)));
  CHECK(view.has(name(3)));
  CHECK(view.seq() == 5);
}

TEST_CASE("deltas that come while a snapshot arrives apply after its last part") {
  pool_view view;

  CHECK(view.apply(snapshot(4, {name(1)}, 0, false)) == pool_view::outcome::ok);
  CHECK(view.apply(delta(4, {}, {name(9)})) == pool_view::outcome::ok);
  CHECK(view.apply(delta(5, {}, {name(2)})) == pool_view::outcome::ok);
  CHECK(view.apply(snapshot(4, {name(2), name(9)}, 1, true)) == pool_view::outcome::ok);

  CHECK(view.has(name(1)));
  CHECK_FALSE(view.has(name(2)));
  CHECK(view.has(name(9))); // Delta 4 is part of the snapshot already.
}

TEST_CASE("the eager mutant loses a removal that overtakes its snapshot") {
  pool_view view(1024, true);

  (void)view.apply(snapshot(4, {name(1)}, 0, false));
  (void)view.apply(delta(5, {}, {name(2)}));
  (void)view.apply(snapshot(4, {name(2)}, 1, true));

  CHECK(view.has(name(2)));
}

TEST_CASE("a gap in the log asks for a resync and forgets") {
  pool_view view;
  (void)view.apply(snapshot(1, {name(1)}));

  CHECK(view.apply(delta(3, {name(3)})) == pool_view::outcome::resync);

  CHECK(view.size() == 0);
}

TEST_CASE("a delta already applied changes nothing") {
  pool_view view;
  (void)view.apply(snapshot(2, {name(1)}));

  CHECK(view.apply(delta(2, {}, {name(1)})) == pool_view::outcome::ok);

  CHECK(view.has(name(1)));
}

TEST_CASE("nothing of an ended epoch survives a new one") {
  pool_view view;
  (void)view.apply(snapshot(2, {name(1)}));
  auto newer = delta(1, {name(5)});
  newer.epoch = 2;

  CHECK(view.apply(newer) == pool_view::outcome::resync);

  CHECK(view.size() == 0);
  CHECK(view.epoch() == 2);
}

TEST_CASE("a digest is compared at equal seq only") {
  pool_view view;
  (void)view.apply(snapshot(2, {name(1)}));
  kv_digest same{.epoch = 1, .seq = 2, .count = 1, .names_xor = name(1).value};
  kv_digest later = same;
  later.seq = 3;
  later.count = 2;
  kv_digest wrong = same;
  wrong.names_xor.low ^= 1;

  CHECK(view.check(same) == pool_view::outcome::ok);
  CHECK(view.check(later) == pool_view::outcome::ok);
  CHECK(view.check(wrong) == pool_view::outcome::resync);
}
