// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/admission.hpp"

#include "test/unit/bus/key_fixture.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

keys::public_key key_no(unsigned number) {
  keys::public_key key;
  key.value[0] = static_cast<std::byte>(number & 0xFFU);
  key.value[1] = static_cast<std::byte>(number >> 8U);
  return key;
}

constexpr admission::limits small{.strangers = {.burst = 4, .per_s = 2},
                                  .all_strangers = {.burst = 6, .per_s = 3},
                                  .networks_max = 3};
const time_point start{std::chrono::hours(1)};

} // namespace

TEST_CASE("strangers of one address are admitted so many at once and so many in a second") {
  key_ring ring;
  admission gate(std::make_shared<keys::live_keys>(ring.make(1, 1)), small);
  unsigned taken = 0;
  for (unsigned i = 0; i < 100; ++i) {
    taken += gate.admit("10.0.0.1", key_no(i), start) ? 1U : 0U;
  }
  CHECK(taken == 4);
  CHECK(gate.admit("10.0.0.2", key_no(200), start));
  CHECK(gate.admit("10.0.0.1", key_no(201), start + 1s));
  CHECK(gate.admit("10.0.0.1", key_no(202), start + 1s));
  CHECK(!gate.admit("10.0.0.1", key_no(203), start + 1s));
  CHECK(gate.count().too_many == 97);
}

TEST_CASE("all addresses together have a bound, however many there are") {
  key_ring ring;
  admission gate(std::make_shared<keys::live_keys>(ring.make(1, 1)), small);
  unsigned taken = 0;
  for (unsigned i = 0; i < 1000; ++i) {
    taken += gate.admit("10.0.1." + std::to_string(i), key_no(i), start) ? 1U : 0U;
  }
  CHECK(taken == 6);
}

TEST_CASE("a key that has proved itself does not wait behind strangers") {
  key_ring ring;
  admission gate(std::make_shared<keys::live_keys>(ring.make(1, 1)), small);
  gate.proved(key_no(7));
  for (unsigned i = 100; i < 200; ++i) {
    (void)gate.admit("10.0.0.1", key_no(i), start);
  }
  for (int i = 0; i < 50; ++i) {
    CHECK(gate.admit("10.0.0.1", key_no(7), start));
  }
}

TEST_CASE("a revoked key is refused, also one that was known") {
  key_ring ring;
  const auto mine = ring.make(1, 1);
  const auto other = ring.make(2, 1);
  auto live = std::make_shared<keys::live_keys>(mine);
  admission gate(live, small);
  gate.proved(other.me.link_key);
  CHECK(gate.admit("10.0.0.1", other.me.link_key, start));

  ring.revoked.revoked = {{.serial = 1002, .link_key = other.me.of.link_key}};
  auto next = mine;
  next.believes = ring.believes();
  live->replace(next);
  CHECK(!gate.admit("10.0.0.1", other.me.link_key, start));
  CHECK(gate.count().revoked == 1);
}
