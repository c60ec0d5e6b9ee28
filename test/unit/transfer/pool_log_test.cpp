// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/transfer/pool_log.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

const actor_ref router{{{2}, {22}}, 1};
const actor_ref other{{{3}, {33}}, 1};
const time_point t0 = time_point{} + 1h;

block_name name(std::uint64_t n) {
  return {hash128{0, n}};
}

} // namespace

TEST_CASE("pool log serves a subscriber only with a snapshot that is new enough") {
  pool_log log({.epoch = 4});
  outbox out;
  REQUIRE(log.subscribe(router, {}, out));
  CHECK(log.wants_snapshot());
  CHECK(!log.wants_snapshot());
  log.append(1, {name(1)}, {}, t0, out);
  REQUIRE(log.subscribe(other, {}, out));

  log.snapshot(0, {}, out);
  CHECK(out.sent<kv_snapshot>(router).size() == 1);
  CHECK(out.sent<kv_snapshot>(other).empty());
  CHECK(log.wants_snapshot());
  log.snapshot(1, {name(1)}, out);
  REQUIRE(out.sent<kv_snapshot>(other).size() == 1);
  CHECK(out.sent<kv_snapshot>(other)[0]->as_of == 1);
  CHECK(out.sent<kv_snapshot>(router).size() == 1);
}

TEST_CASE("pool log cuts long snapshots into parts") {
  pool_log log({.epoch = 4});
  outbox out;
  log.subscribe(router, {}, out);
  std::vector<block_name> all(limits::kv_names_max + 1);

  log.snapshot(0, all, out);

  const auto parts = out.sent<kv_snapshot>();
  REQUIRE(parts.size() == 2);
  CHECK(!parts[0]->last);
  CHECK(parts[1]->last);
  CHECK(parts[1]->part == 1);
  CHECK(parts[1]->names.size() == 1);
}

TEST_CASE("pool log skips the snapshot for who is up to date") {
  pool_log log({.epoch = 4});
  outbox out;
  log.append(1, {name(1)}, {}, t0, out);
  log.subscribe(router, {4, 1}, out);
  CHECK(!log.wants_snapshot());
  REQUIRE(out.sent<kv_digest>().size() == 1);
  CHECK(out.sent<kv_digest>()[0]->count == 1);
  log.append(2, {name(2)}, {name(1)}, t0, out);
  CHECK(out.sent<kv_delta>(router).size() == 1);
}

TEST_CASE("pool log sends digests only while it moves") {
  pool_log log({.epoch = 4});
  outbox out;
  log.subscribe(router, {4, 0}, out);
  out.clear();
  log.append(1, {name(1), name(2)}, {}, t0, out);
  REQUIRE(log.next_wake() == t0 + 1s);
  log.tick(t0 + 1s, out);
  REQUIRE(out.sent<kv_digest>().size() == 1);
  CHECK(out.sent<kv_digest>()[0]->names_xor == hash128{0, 3});
  CHECK(!log.next_wake());
}

TEST_CASE("pool log has a bounded number of subscribers") {
  pool_log log({.epoch = 4, .subscribers_max = 1});
  outbox out;
  CHECK(log.subscribe(router, {}, out));
  CHECK(!log.subscribe(other, {}, out));
  CHECK(log.subscribe(router, {}, out));
}

TEST_CASE("mutant eager_snapshot claims an entry that the snapshot lacks") {
  pool_log log({.epoch = 4, .eager_snapshot = true});
  outbox out;
  log.subscribe(router, {}, out);
  log.snapshot(0, {}, out);
  CHECK(out.sent<kv_snapshot>()[0]->as_of == 1);
}
