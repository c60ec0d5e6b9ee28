// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/newcomers.hpp"

#include "runtime/bus/admission.hpp"
#include "runtime/bus/source_network.hpp"
#include "test/unit/bus/key_fixture.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>

using namespace troupe;
using namespace troupe::test;

namespace {

constexpr newcomers::limits small{
    .rate = {.burst = 4, .per_s = 2}, .networks_max = 3, .barred_max = 2};
const time_point start{std::chrono::hours(1)};

using names = std::vector<std::string>;

} // namespace

TEST_CASE("a network whose connections prove nothing is barred for a second, and no other is") {
  newcomers door(small);
  door.came("b", start);
  for (int i = 0; i < 3; ++i) {
    door.came("a", start);
    CHECK(door.barred(start).networks.empty());
  }
  door.came("a", start);
  CHECK(door.barred(start).networks == names{"a"});
  CHECK(door.barred(start).until == start + 1s);
  CHECK(door.barred(start + 999ms).networks == names{"a"});
  CHECK(door.barred(start + 1s).networks.empty());
  CHECK(door.barred(start + 1s).until == time_point::max());
}

TEST_CASE("who goes on is let in only so often in a second") {
  newcomers door(small);
  int taken = 0;
  for (auto now = start; now < start + 60s; now += 10ms) {
    if (door.barred(now).networks.empty()) {
      door.came("a", now);
      ++taken;
    }
  }
  CHECK(taken >= 60 * 2 * 8 / 10);
  CHECK(taken <= 4 + 60 * 2);
}

TEST_CASE("whoever proves keys may connect as often as it likes") {
  newcomers door(small);
  for (int i = 0; i < 1000; ++i) {
    door.came("a", start);
    door.proved("a");
  }
  CHECK(door.barred(start).networks.empty());
}

TEST_CASE("a proof that is seen before its connection counts") {
  newcomers door(small);
  door.came("a", start);
  for (int i = 0; i < 4; ++i) {
    door.proved("a");
  }
  for (int i = 0; i < 5; ++i) {
    door.came("a", start);
  }
  CHECK(door.barred(start).networks.empty());
}

TEST_CASE("a proof lifts the bar, and buys no more than a burst") {
  newcomers door(small);
  for (int i = 0; i < 4; ++i) {
    door.came("a", start);
  }
  door.proved("a");
  CHECK(door.barred(start).networks.empty());
  for (int i = 0; i < 1000; ++i) {
    door.proved("a");
  }
  int taken = 0;
  for (; door.barred(start).networks.empty(); ++taken) {
    door.came("a", start);
  }
  CHECK(taken <= 8);
}

TEST_CASE("however many networks come, few are remembered, and fewer are barred") {
  newcomers door(small);
  for (int n = 0; n < 1000; ++n) {
    for (int i = 0; i < 8; ++i) {
      door.came(std::to_string(n), start);
    }
  }
  CHECK(door.barred(start).networks == names{"0", "1"});
  // What is full again is forgotten.
  const auto later = start + 10s;
  for (int i = 0; i < 4; ++i) {
    door.came("late", later);
  }
  CHECK(door.barred(later).networks == names{"late"});
}

TEST_CASE("a network is an IPv4 address, or the first half of an IPv6 address") {
  CHECK(source_network("10.1.2.3") == std::string("\x0A\x01\x02\x03"));
  CHECK(source_network("::ffff:10.1.2.3") == source_network("10.1.2.3"));
  CHECK(source_network("2001:db8::1") == source_network("2001:db8::ffff:2"));
  CHECK(source_network("2001:db8::1") != source_network("2001:db8:0:1::1"));
  CHECK(source_network("2001:db8::1").size() == 8);
  CHECK(source_network("localhost") == "localhost");

  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(0x0A010203);
  CHECK(source_network(reinterpret_cast<const sockaddr&>(v4)) == source_network("10.1.2.3"));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  REQUIRE(::inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr) == 1);
  CHECK(source_network(reinterpret_cast<const sockaddr&>(v6)) == source_network("2001:db8::2"));
  const sockaddr other{};
  CHECK(source_network(other).empty());
}

TEST_CASE("an admission counts what comes by its network, and gives back what proves a key") {
  key_ring ring;
  admission gate(std::make_shared<keys::live_keys>(ring.make(1, 1)), {.unproved = small});
  const auto network = source_network("10.0.0.1");
  keys::public_key key;
  for (unsigned i = 0; i < 100; ++i) {
    key.value[0] = static_cast<std::byte>(i);
    gate.came(network, start);
    CHECK(gate.admit("10.0.0.1", key, start)); // Not known yet: its certificate speaks for it.
    gate.proved(key);
  }
  for (unsigned i = 0; i < 100; ++i) {
    gate.came(network, start);
    CHECK(gate.admit("10.0.0.1", key, start));
  }
  CHECK(gate.barred(start).networks.empty());
  for (unsigned i = 0; i < 5; ++i) {
    gate.came(network, start);
  }
  CHECK(gate.barred(start).networks == names{network});
}
