// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/disturbed_links.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace troupe;

namespace {

struct disturbed {
  disturbed() { REQUIRE(links.is_idle()); }

  static origin peer(std::uint64_t number) { return {{node_id{number}, incarnation{1}}, 5}; }

  disturbed_links::fate arrives(std::uint64_t from, std::size_t size) {
    frame data{.head = blob(bytes(size)), .bulk = {}};
    return links.arrived(peer(from), lane::control, data, now);
  }
  std::vector<std::size_t> due() {
    std::vector<std::size_t> sizes;
    while (const auto next = links.take_due(now)) {
      sizes.push_back(next->data.head.size());
    }
    return sizes;
  }

  using fate = disturbed_links::fate;
  time_point now = time_point{} + 1h;
  disturbed_links links{7};
};

} // namespace

TEST_CASE("frames of one peer come later, in their order, and those of others as ever") {
  disturbed rig;
  CHECK(rig.links.disturb(rig.peer(1).node, {.delay = 50ms, .until = rig.now + 1s}, rig.now));
  CHECK(rig.arrives(1, 10) == disturbed::fate::held);
  CHECK(rig.arrives(2, 11) == disturbed::fate::passes);
  rig.now += 10ms;
  CHECK(rig.arrives(1, 12) == disturbed::fate::held);
  CHECK(rig.due().empty());
  CHECK(rig.links.next_due() == rig.now + 40ms);
  rig.now += 40ms;
  CHECK(rig.due() == std::vector<std::size_t>{10});
  rig.now += 10ms;
  CHECK(rig.due() == std::vector<std::size_t>{12});
}

TEST_CASE("a delay that ends or shrinks lets no frame overtake those that are held") {
  disturbed rig;
  CHECK(rig.links.disturb(rig.peer(1).node, {.delay = 50ms, .until = rig.now + 10ms}, rig.now));
  CHECK(rig.arrives(1, 10) == disturbed::fate::held);
  rig.now += 20ms; // It is over.
  CHECK(rig.arrives(1, 11) == disturbed::fate::held);
  rig.now += 30ms;
  CHECK(rig.due() == std::vector<std::size_t>{10, 11});
  CHECK(rig.arrives(1, 12) == disturbed::fate::passes);
  CHECK(rig.links.is_idle());
}

TEST_CASE("a frame that is due and was not taken yet is not overtaken") {
  disturbed rig;
  CHECK(rig.links.disturb(rig.peer(1).node, {.delay = 50ms, .until = rig.now + 50ms}, rig.now));
  CHECK(rig.arrives(1, 10) == disturbed::fate::held);
  rig.now += 60ms;
  CHECK(rig.arrives(1, 11) == disturbed::fate::held);
  CHECK(rig.links.disturb(rig.peer(1).node, {}, rig.now));
  CHECK(rig.arrives(1, 12) == disturbed::fate::held);
  CHECK(rig.due() == std::vector<std::size_t>{10, 11, 12});
  CHECK(rig.arrives(1, 13) == disturbed::fate::passes);
}

TEST_CASE("a peer that says nothing any more is forgotten when its time is over") {
  disturbed rig;
  CHECK(rig.links.disturb(rig.peer(1).node, {.delay = 1ms, .until = rig.now + 1s}, rig.now));
  CHECK(rig.arrives(2, 1) == disturbed::fate::passes);
  CHECK_FALSE(rig.links.is_idle());
  rig.now += 1s;
  CHECK(rig.arrives(2, 1) == disturbed::fate::passes);
  CHECK(rig.links.is_idle());
}

TEST_CASE("a share of the frames is lost, until it is taken back") {
  disturbed rig;
  CHECK(rig.links.disturb(rig.peer(1).node, {.lost_per_million = 500'000, .until = rig.now + 1h},
                          rig.now));
  int lost = 0;
  for (int i = 0; i < 1000; ++i) {
    lost += rig.arrives(1, 1) == disturbed::fate::lost ? 1 : 0;
  }
  CHECK(lost > 400);
  CHECK(lost < 600);
  CHECK(rig.links.counts()[static_cast<std::size_t>(fault::lose)]
        == static_cast<std::uint64_t>(lost));
  CHECK(rig.links.disturb(rig.peer(1).node, {}, rig.now));
  CHECK(rig.arrives(1, 1) == disturbed::fate::passes);
  CHECK(rig.links.is_idle());
}

TEST_CASE("what is held has a bound, beyond which a delay is cut short") {
  disturbed rig;
  CHECK(rig.links.disturb(rig.peer(1).node, {.delay = 1s, .until = rig.now + 1h}, rig.now));
  constexpr std::size_t size = std::size_t{1} << 20U;
  constexpr std::size_t fit = disturbed_links::held_bytes_max / size;
  for (std::size_t i = 0; i < fit; ++i) {
    CHECK(rig.arrives(1, size) == disturbed::fate::held);
  }
  CHECK(rig.due().empty());
  CHECK(rig.arrives(1, size) == disturbed::fate::held);
  CHECK(rig.links.next_due() <= rig.now);
  CHECK(rig.due().size() == 1);
}

TEST_CASE("peers that are disturbed have a bound, and those whose time is over make room") {
  disturbed rig;
  const auto disturb = [&](std::uint64_t number) {
    return rig.links.disturb(rig.peer(number).node, {.delay = 1ms, .until = rig.now + 1s}, rig.now);
  };
  for (std::uint64_t i = 0; i < disturbed_links::peers_max; ++i) {
    REQUIRE(disturb(i));
  }
  CHECK_FALSE(disturb(disturbed_links::peers_max));
  rig.now += 2s;
  CHECK(disturb(disturbed_links::peers_max));
}
