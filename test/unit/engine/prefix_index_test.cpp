// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/prefix_index.hpp"

#include "runtime/base/rng.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

namespace troupe::engine::test {

namespace {

block_name name_of(std::uint64_t number) {
  return {{number, number * 3}};
}

} // namespace

TEST_CASE("the index finds the longest prefix and stops at the first gap") {
  prefix_index index;
  index.store(name_of(1), 4);
  index.store(name_of(2), 5);
  index.store(name_of(4), 6);
  const std::vector chain{name_of(1), name_of(2), name_of(3), name_of(4)};

  CHECK(index.longest_prefix(chain) == 2);
  CHECK(index.find(name_of(2)) == 5);
  CHECK(!index.find(name_of(3)));
}

TEST_CASE("the log nets out a name that came and went, and numbers entries without gaps") {
  prefix_index index;
  index.store(name_of(1), 0);
  index.store(name_of(2), 1);
  index.remove(name_of(2));

  const auto first = index.take_log();

  REQUIRE(first);
  CHECK(first->seq == 1);
  CHECK(first->stored == std::vector{name_of(1)});
  CHECK(first->removed.empty());
  index.remove(name_of(1));
  index.store(name_of(1), 3);
  CHECK(!index.take_log());
  index.remove(name_of(1));
  CHECK(index.take_log()->seq == 2);
}

TEST_CASE("whoever applies the log sees what a naive model has") {
  rng draws{3};
  prefix_index index;
  std::map<block_name, slot_id> model;
  std::set<block_name> mirror;
  std::uint64_t seq = 0;
  for (int turn = 0; turn < 5000; ++turn) {
    const auto name = name_of(draws.below(40));
    if (model.erase(name) == 1) {
      index.remove(name);
    } else {
      const auto slot = static_cast<slot_id>(draws.below(100));
      index.store(name, slot);
      model[name] = slot;
    }
    CHECK(index.find(name).has_value() == model.contains(name));
    if (draws.below(5) == 0) {
      if (const auto entry = index.take_log()) {
        CHECK(entry->seq == ++seq);
        for (const auto stored : entry->stored) {
          CHECK(mirror.insert(stored).second);
        }
        for (const auto removed : entry->removed) {
          CHECK(mirror.erase(removed) == 1);
        }
      }
      CHECK(mirror.size() == model.size());
    }
  }
}

} // namespace troupe::engine::test
