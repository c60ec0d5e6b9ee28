// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/cache_shard/block_store.hpp"

#include "runtime/base/hash.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

const layout_id layout{1};

block_name name(std::uint64_t n) {
  return {hash128{0, n}};
}

struct rig {
  explicit rig(std::size_t capacity_bytes) : store(capacity_bytes) {}

  bool put(std::uint64_t n, std::size_t size_bytes = 10, layout_id lies = layout) {
    const bytes data(size_bytes, static_cast<std::byte>(n));
    const auto taken = store.put(name(n), lies, hash64(data), data, evicted);
    store.check_invariants();
    return taken;
  }
  bool get(std::uint64_t n) {
    const auto found = store.get(name(n), layout, evicted).has_value();
    store.check_invariants();
    return found;
  }

  block_store store;
  std::vector<block_name> evicted;
};

} // namespace

TEST_CASE("store keeps to its bytes and drops the coldest") {
  rig r(30);
  CHECK(r.put(1));
  CHECK(r.put(2));
  CHECK(r.put(3));
  CHECK(r.put(4));
  CHECK(r.evicted == std::vector{name(1)});
  CHECK(!r.get(1));
  CHECK(r.get(4));
  CHECK(r.store.used_bytes() == 30);
}

TEST_CASE("store keeps what was asked for again before what was not") {
  rig r(30);
  r.put(1);
  CHECK(r.get(1));
  for (std::uint64_t n = 2; n < 10; ++n) {
    r.put(n);
  }
  CHECK(r.get(1));
  CHECK(!r.get(2));
}

TEST_CASE("store cannot be filled up by what was once used twice") {
  rig r(50);
  for (std::uint64_t n = 1; n <= 5; ++n) {
    r.put(n);
    r.get(n);
  }
  CHECK(r.put(6));
  CHECK(r.put(7));
  CHECK(r.store.size() == 5);
  CHECK(r.get(7));
}

TEST_CASE("store refuses wrong checksums, doubles and what never fits") {
  rig r(30);
  const bytes data(10);
  CHECK(!r.store.put(name(1), layout, hash64(data) + 1, data, r.evicted));
  CHECK(r.put(1));
  CHECK(!r.put(1));
  CHECK(!r.put(2, 31));
  CHECK(r.store.size() == 1);
}

TEST_CASE("store keeps layouts apart and reports a name gone with its last copy") {
  rig r(20);
  CHECK(r.put(1));
  CHECK(r.put(1, 10, {2}));
  CHECK(r.store.names() == std::vector{name(1)});
  r.put(2);
  CHECK(r.evicted.empty());
  r.put(3);
  CHECK(r.evicted == std::vector{name(1)});
}

TEST_CASE("store copies what it keeps and verifies it before use") {
  rig r(30);
  bytes data(10, std::byte{1});
  REQUIRE(r.store.put(name(1), layout, hash64(data), data, r.evicted));
  data[0] = std::byte{9};
  CHECK(r.get(1));

  const auto kept = r.store.get(name(1), layout, r.evicted);
  const_cast<std::byte&>(kept->data.view()[3]) = std::byte{77};
  CHECK(!r.get(1));
  CHECK(r.evicted == std::vector{name(1)});
  CHECK(r.store.size() == 0);
}

TEST_CASE("pinned blocks outlive colder and warmer ones, as far as half of the room") {
  rig r(40);
  r.put(1);
  r.put(2);
  r.put(3);
  CHECK(r.store.pin(name(1), true).blocks == 1);
  CHECK(r.store.pin(name(1), true).blocks == 1);
  CHECK(r.store.pin(name(2), true).blocks == 1);
  CHECK(r.store.pin(name(3), true).refused == 1);
  CHECK(r.store.pinned_bytes() == 20);
  for (std::uint64_t n = 4; n < 20; ++n) {
    CHECK(r.put(n));
    CHECK(r.get(n));
  }
  CHECK(r.get(1));
  CHECK(r.get(2));
  CHECK(!r.get(3));
}

TEST_CASE("what is no longer pinned goes in its turn, and pinned bytes leave no room for a giant") {
  rig r(40);
  r.put(1);
  r.store.pin(name(1), true);
  CHECK(!r.put(2, 31));
  CHECK(r.put(2, 30));
  CHECK(r.store.pin(name(1), false).blocks == 1);
  CHECK(r.put(3, 40));
  CHECK(!r.get(1));
  CHECK(r.store.pin(name(1), true).blocks == 0);
}

TEST_CASE("an operator drops every layout of a block, pinned or not") {
  rig r(100);
  r.put(1);
  r.put(1, 10, layout_id{2});
  r.put(2);
  r.store.pin(name(1), true);
  CHECK(r.store.evict(name(1), r.evicted) == 2);
  r.store.check_invariants();
  CHECK(r.evicted == std::vector{name(1)});
  CHECK(r.store.pinned_bytes() == 0);
  CHECK(r.store.evict(name(1), r.evicted) == 0);
  CHECK(r.get(2));
}

TEST_CASE("heat counts blocks by how often they were got") {
  rig r(100);
  r.put(1);
  r.put(2);
  r.put(3);
  r.get(2);
  for (int i = 0; i < 5; ++i) {
    r.get(3);
  }
  r.store.pin(name(2), true);

  const auto bands = r.store.heat();
  REQUIRE(bands.size() == 4); // 0, 1, 2 to 3, 4 to 7.
  CHECK(bands[0].blocks == 1);
  CHECK(bands[1].blocks == 1);
  CHECK(bands[1].pinned == 1);
  CHECK(bands[2].blocks == 0);
  CHECK(bands[3].hits == 5);
  CHECK(bands[3].bytes == 10);
}

TEST_CASE(
    "a store that cannot write keeps nothing of that block, and loses no other but for room") {
  bool is_broken = true;
  block_store store(30, [&](store_act act) { return is_broken && act == store_act::put; });
  std::vector<block_name> evicted;
  const auto put = [&](std::uint64_t n) {
    const bytes data(15, static_cast<std::byte>(n));
    const auto taken = store.put(name(n), layout, hash64(data), data, evicted);
    store.check_invariants();
    return taken;
  };
  CHECK_FALSE(put(1));
  is_broken = false;
  CHECK(put(2));
  CHECK(put(3));
  is_broken = true;
  CHECK_FALSE(put(4));

  CHECK_FALSE(store.has(name(1), layout));
  CHECK_FALSE(store.has(name(4), layout));
  CHECK(evicted == std::vector{name(2)});
  CHECK(store.used_bytes() == 15);
  is_broken = false;
  CHECK(put(4));
}

TEST_CASE("a block that cannot be read now is a miss, and is there later") {
  bool is_broken = true;
  block_store store(30, [&](store_act act) { return is_broken && act == store_act::get; });
  std::vector<block_name> evicted;
  const bytes data(10, std::byte{1});
  REQUIRE(store.put(name(1), layout, hash64(data), data, evicted));

  CHECK_FALSE(store.get(name(1), layout, evicted));
  CHECK(evicted.empty());
  is_broken = false;
  CHECK(store.get(name(1), layout, evicted).has_value());
}
