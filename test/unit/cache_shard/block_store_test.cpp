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
