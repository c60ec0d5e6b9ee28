// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/block_pool.hpp"

#include "runtime/base/rng.hpp"

#include <doctest/doctest.h>

#include <map>
#include <vector>

namespace troupe::engine::test {

namespace {

const auto no_tag = [](slot_id, block_name, std::uint64_t) {
};

block_name name_of(std::uint64_t number) {
  return {{number, ~number}};
}

/// A chain of `count` shared blocks, let go from its tail.
void idle_chain(block_pool& pool, std::uint64_t first, std::uint32_t count) {
  std::vector<slot_id> slots;
  for (std::uint32_t at = 0; at < count; ++at) {
    slots.push_back(*pool.allocate(1));
    pool.share(slots.back(), name_of(first + at));
  }
  for (auto slot = slots.rbegin(); slot != slots.rend(); ++slot) {
    pool.let_go(*slot);
  }
}

} // namespace

TEST_CASE("a slot released between steps is free at once") {
  block_pool pool{2, no_tag};
  const auto slot = *pool.allocate(1);

  pool.release(slot);

  CHECK(pool.count(slot_state::free) == 2);
}

TEST_CASE("a slot released during a step is in limbo until its end") {
  block_pool pool{1, no_tag};
  const auto slot = *pool.allocate(1);
  pool.begin_step();

  pool.release(slot);

  CHECK(pool.count(slot_state::limbo) == 1);
  CHECK(!pool.allocate(2));
  pool.end_step();
  CHECK(pool.count(slot_state::free) == 1);
}

TEST_CASE("a slot released during a transfer is in limbo until both transfer and step end") {
  block_pool pool{1, no_tag};
  const auto slot = *pool.allocate(1);
  pool.begin_transfer(slot);
  pool.begin_step();
  pool.release(slot);

  pool.end_step();

  CHECK(pool.count(slot_state::limbo) == 1);
  pool.end_transfer(slot);
  CHECK(pool.count(slot_state::free) == 1);
}

TEST_CASE("the least recently used chain is evicted from its leaf") {
  block_pool pool{4, no_tag};
  idle_chain(pool, 10, 2);
  idle_chain(pool, 20, 2);
  pool.let_go(*pool.hold(name_of(10)));

  static_cast<void>(pool.allocate(9));
  CHECK(!pool.index().find(name_of(11)));
  static_cast<void>(pool.allocate(9));
  CHECK(!pool.index().find(name_of(21)));
  static_cast<void>(pool.allocate(9));
  CHECK(!pool.index().find(name_of(20)));
  CHECK(pool.index().find(name_of(10)));
}

TEST_CASE("a block let go during a step is not evicted before its end") {
  block_pool pool{1, no_tag};
  pool.share(*pool.allocate(1), name_of(1));
  pool.begin_step();
  pool.let_go(*pool.index().find(name_of(1)));

  CHECK(pool.available() == 0);
  CHECK(!pool.allocate(2));
  pool.end_step();
  CHECK(pool.allocate(2));
}

TEST_CASE("a block is not evicted while it is copied out") {
  block_pool pool{2, no_tag};
  idle_chain(pool, 1, 2);
  const auto leaf = *pool.index().find(name_of(2));
  pool.begin_transfer(leaf);

  CHECK(pool.allocate(1) != leaf);
  CHECK(!pool.allocate(1));
  pool.end_transfer(leaf);
  CHECK(pool.allocate(1) == leaf);
}

TEST_CASE("random operations keep the pool's invariants") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    rng draws{seed};
    block_pool pool{12, no_tag};
    std::vector<slot_id> owned;
    std::vector<slot_id> held;
    std::vector<slot_id> copied;
    std::uint64_t names = 0;
    const auto take_one = [&](std::vector<slot_id>& list) {
      const auto at = list.begin() + static_cast<std::ptrdiff_t>(draws.below(list.size()));
      const auto slot = *at;
      list.erase(at);
      return slot;
    };
    for (int turn = 0; turn < 4000; ++turn) {
      const auto what = draws.below(8);
      if (what <= 1) {
        if (const auto slot = pool.allocate(1)) {
          owned.push_back(*slot);
        }
      } else if (what == 2 && !owned.empty()) {
        pool.release(take_one(owned));
      } else if (what == 3 && !owned.empty()) {
        held.push_back(take_one(owned));
        pool.share(held.back(), name_of(++names));
      } else if (what == 4 && !held.empty()) {
        pool.let_go(take_one(held));
      } else if (what == 5 && names > 0) {
        if (const auto slot = pool.hold(name_of(1 + draws.below(names)))) {
          held.push_back(*slot);
        }
      } else if (what == 6) {
        pool.in_step() ? pool.end_step() : pool.begin_step();
      } else if (!copied.empty() && draws.below(2) == 0) {
        pool.end_transfer(take_one(copied));
      } else if (!owned.empty()) {
        copied.push_back(owned[draws.below(owned.size())]);
        pool.begin_transfer(copied.back());
      }
      pool.check_invariants();
    }
    CHECK(pool.count(slot_state::owned) == owned.size());
    CHECK(pool.holders() == held.size());
  }
}

} // namespace troupe::engine::test
