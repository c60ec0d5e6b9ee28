// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/directory/store_record.hpp"

#include "runtime/base/rng.hpp"
#include "runtime/codec/codec.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

constexpr std::uint64_t secret = 0x5eed;

join sample() {
  return {.me = {.node = ref_of(7).node,
                 .name = "n7",
                 .endpoints = {"tcp://10.0.0.7:7700"},
                 .services = {{.role = service_role::worker, .actor = ref_of(7)}}},
          .epoch_seen = 9,
          .leader_seen = ref_of(3).node,
          .holds_lease = true};
}

const std::string name = "0000000000000007";

} // namespace

TEST_CASE("a record comes back as it was") {
  const auto back = read_store_record(name, write_store_record(sample(), secret), secret);

  REQUIRE(back.has_value());
  CHECK(same_fields(*back, sample()));
  CHECK(store_record_name({0xFEDCBA9876543210}) == "fedcba9876543210");
}

TEST_CASE("every damaged record is refused") {
  const auto good = write_store_record(sample(), secret);
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] ^= std::byte{1};
    CHECK_FALSE(read_store_record(name, bad, secret).has_value());
    CHECK_FALSE(read_store_record(name, {good.data(), at}, secret).has_value());
  }
}

TEST_CASE("random bytes are refused") {
  rng draws(1);
  for (int i = 0; i < 20'000; ++i) {
    bytes junk(draws.below(200));
    for (auto& each : junk) {
      each = static_cast<std::byte>(draws());
    }
    if (!junk.empty()) {
      junk.front() = std::byte{1};
    }
    CHECK_FALSE(read_store_record(name, junk, secret).has_value());
  }
}

TEST_CASE("another cluster's record, or one under another name, is refused") {
  const auto good = write_store_record(sample(), secret);

  CHECK_FALSE(read_store_record(name, good, secret + 1).has_value());
  CHECK_FALSE(read_store_record("0000000000000008", good, secret).has_value());
}

TEST_CASE("a record that would use up the epochs is refused, and one without an incarnation") {
  auto greedy = sample();
  greedy.epoch_seen = ~std::uint64_t{0};
  auto nobody = sample();
  nobody.me.node.life = {};

  CHECK_FALSE(read_store_record(name, write_store_record(greedy, secret), secret).has_value());
  CHECK_FALSE(read_store_record(name, write_store_record(nobody, secret), secret).has_value());
}
