// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/membership/seed_list.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

const time_point t0 = time_point{} + 1h;
using texts = std::vector<std::string>;

seed_list list_of(const texts& what) {
  auto made = seed_list::parse(what, "node.join");
  REQUIRE(made.has_value());
  return *std::move(made);
}

const error unknown{.code = errc::not_found, .text = "no such host"};

} // namespace

TEST_CASE("addresses are dialed as they are, names are looked up first") {
  auto seeds = list_of({"10.0.0.1:7700", "[::1]:7701", "dir.example:7700"});

  CHECK(seeds.endpoints() == texts{"tcp://10.0.0.1:7700", "tcp://[::1]:7701"});
  CHECK(seeds.due(t0) == texts{"dir.example"});
  CHECK(seeds.due(t0 + 1h).empty()); // Not answered yet.
}

TEST_CASE("the key of a seed goes with each of its endpoints") {
  auto seeds = list_of({"10.0.0.1:7700#k1", "dir.example:7700#k2"});
  CHECK(seeds.endpoints() == texts{"tcp://10.0.0.1:7700#k1"});
  (void)seeds.due(t0);
  const auto found = seeds.found("dir.example", texts{"10.0.0.2", "10.0.0.3"}, t0);
  CHECK(found.connect == texts{"tcp://10.0.0.2:7700#k2", "tcp://10.0.0.3:7700#k2"});
}

TEST_CASE("every address of a name is dialed, and left when it is no longer behind it") {
  auto seeds = list_of({"dir.example:7700"});
  (void)seeds.due(t0);

  const auto first = seeds.found("dir.example", texts{"10.0.0.1", "fd00::1"}, t0);
  CHECK(first.connect == texts{"tcp://10.0.0.1:7700", "tcp://[fd00::1]:7700"});
  CHECK(seeds.due(t0 + 9s).empty());
  CHECK(seeds.due(t0 + 10s) == texts{"dir.example"});
  const auto second = seeds.found("dir.example", texts{"fd00::1", "10.0.0.2"}, t0 + 10s);

  CHECK(second.leave == texts{"tcp://10.0.0.1:7700"});
  CHECK(seeds.endpoints() == texts{"tcp://[fd00::1]:7700", "tcp://10.0.0.2:7700"});
}

TEST_CASE("a failed lookup keeps what was found and is tried again, less and less often") {
  auto seeds = list_of({"dir.example:7700"});
  (void)seeds.due(t0);
  seeds.found("dir.example", texts{"10.0.0.1"}, t0);
  auto now = t0 + seed_list::refresh;

  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
    REQUIRE(seeds.due(now).size() == 1);
    CHECK(seeds.found("dir.example", unknown, now).leave.empty());
    CHECK(seeds.due(now + wait - 1ms).empty());
    now += wait;
  }

  CHECK(seeds.endpoints() == texts{"tcp://10.0.0.1:7700"});
  CHECK(seeds.describe() == "dir.example:7700 (no such host tcp://10.0.0.1:7700)");
}

TEST_CASE("an address behind two names stays while one of them has it") {
  auto seeds = list_of({"a.example:7700", "b.example:7700"});
  (void)seeds.due(t0);
  seeds.found("a.example", texts{"10.0.0.1"}, t0);
  seeds.found("b.example", texts{"10.0.0.1"}, t0);

  CHECK(seeds.found("a.example", texts{"10.0.0.2"}, t0).leave.empty());
}

TEST_CASE("a seed that cannot be read is refused, and so are too many") {
  CHECK(seed_list::parse({"10.0.0.1:7700", "nowhere"}, "node.join").err().field == "node.join");
  CHECK_FALSE(seed_list::parse(texts(65, "10.0.0.1:7700"), "node.join").has_value());
}
