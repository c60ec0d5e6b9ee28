// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/host_tier.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace troupe::engine::test {

namespace {

block_name name_of(std::uint64_t number) {
  return {{number, 1}};
}

struct rig {
  explicit rig(std::size_t bytes_max)
      : tier(bytes_max, {std::shared_ptr<void>{}, std::pmr::new_delete_resource()}) {}

  bool store(std::uint64_t number, std::size_t size = 10) {
    const auto to = tier.begin_store(name_of(number), size);
    if (to.empty()) {
      return false;
    }
    std::ranges::fill(to, static_cast<std::byte>(number));
    tier.finish_store(name_of(number));
    return true;
  }
  bool has(std::uint64_t number) { return !tier.find(name_of(number)).empty(); }

  host_tier tier;
};

} // namespace

TEST_CASE("a block is found with its bytes once it is written, and is written once") {
  rig r{100};
  const auto to = r.tier.begin_store(name_of(1), 10);
  REQUIRE(to.size() == 10);
  CHECK(!r.has(1));
  CHECK(r.tier.begin_store(name_of(1), 10).empty());
  std::ranges::fill(to, std::byte{7});
  r.tier.finish_store(name_of(1));

  const auto found = r.tier.find(name_of(1));
  REQUIRE(found.size() == 10);
  CHECK(std::ranges::all_of(found.view(), [](std::byte each) { return each == std::byte{7}; }));
  CHECK(!r.store(1));
}

TEST_CASE("what was asked for longest ago leaves first, and is told once") {
  rig r{30};
  CHECK(r.store(1));
  CHECK(r.store(2));
  CHECK(r.store(3));
  CHECK(r.has(1));
  CHECK(r.store(4));

  CHECK(r.tier.take_left() == std::vector{name_of(2)});
  CHECK(r.tier.take_left().empty());
  CHECK(!r.has(2));
  CHECK(r.has(1));
  CHECK(r.has(3));
  CHECK(r.tier.bytes() == 30);
}

TEST_CASE("what is being written stays, and leaves no room where it fills all") {
  rig r{20};
  CHECK(!r.tier.begin_store(name_of(1), 10).empty());
  CHECK(!r.tier.begin_store(name_of(2), 10).empty());
  CHECK(!r.store(3));
  r.tier.finish_store(name_of(1));
  CHECK(r.store(3));
  CHECK(r.tier.take_left() == std::vector{name_of(1)});
  CHECK(!r.store(4, 21));
}

TEST_CASE("bytes that are being read stay when their block leaves") {
  rig r{10};
  CHECK(r.store(1));
  const auto reading = r.tier.find(name_of(1));
  CHECK(r.store(2));
  CHECK(reading.view().front() == std::byte{1});
}

} // namespace troupe::engine::test
