// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/liveness.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using verdict = liveness::verdict;

namespace {

struct watched {
  explicit watched(std::uint32_t next_ms = 40) { who.told({.next_ms = next_ms}); }
  verdict after(duration silence) { return who.judge(start + silence); }

  bus_limits limits;
  time_point start = time_point{} + 1h;
  liveness who{limits, start};
};

} // namespace

TEST_CASE("two missed pings raise suspicion once, and without a witness death soon after") {
  watched a;
  CHECK(a.after(109ms) == verdict::fine);
  CHECK(a.after(110ms) == verdict::suspect);
  CHECK(a.after(111ms) == verdict::fine);
  CHECK(a.after(209ms) == verdict::fine);
  CHECK(a.who.next_wake() == a.start + 210ms);
  CHECK(a.after(210ms) == verdict::dead);
}

TEST_CASE("a peer that another node hears lives until silence_max") {
  watched a;
  CHECK(a.after(110ms) == verdict::suspect);
  a.who.vouched();
  CHECK(a.after(1999ms) == verdict::fine);
  CHECK(a.after(2s) == verdict::dead);

  watched early;
  early.who.vouched();
  CHECK(early.after(110ms) == verdict::suspect);
  CHECK(early.after(210ms) == verdict::dead);
}

TEST_CASE("whatever is heard ends a suspicion") {
  watched a;
  CHECK(a.after(110ms) == verdict::suspect);
  a.who.heard(a.start + 150ms);
  CHECK(a.after(250ms) == verdict::fine);
  CHECK(a.after(260ms) == verdict::suspect);
}

TEST_CASE("an older peer, which says nothing of its pings, lives until silence_max") {
  watched a(0);
  CHECK(a.after(1999ms) == verdict::fine);
  CHECK(a.after(2s) == verdict::dead);
}

TEST_CASE("a peer whose actors do not run is dead at once, and no witness for it") {
  watched a;
  a.who.told({.next_ms = 40, .pool_silent_ms = 349});
  CHECK(a.after(1ms) == verdict::fine);
  CHECK(a.who.hears(a.start + 1ms));
  a.who.told({.next_ms = 40, .pool_silent_ms = 350});
  CHECK(a.after(1ms) == verdict::dead);
  CHECK(!a.who.hears(a.start + 1ms));
}

TEST_CASE("the own pause is nobody's silence") {
  watched a;
  a.who.own_pause(10s, a.start + 10s);
  CHECK(a.after(10s + 100ms) == verdict::fine);
  CHECK(a.after(10s + 110ms) == verdict::suspect);
}

TEST_CASE("what was read after the own pause is not forgiven once more") {
  watched a;
  a.who.heard(a.start + 10s);
  a.who.own_pause(10s, a.start + 10s);
  CHECK(a.after(10s + 110ms) == verdict::suspect);
  CHECK(a.after(10s + 2s) == verdict::dead);
}

TEST_CASE("only what was heard just now is vouched for") {
  watched a;
  CHECK(a.who.hears(a.start + 54ms));
  CHECK(!a.who.hears(a.start + 55ms));
}

TEST_CASE("absurd intervals of a peer are clamped") {
  watched never(4'000'000'000U);
  CHECK(never.after(2s) == verdict::dead);
  watched always(1);
  CHECK(always.after(30ms) == verdict::fine);
}
