// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/shell/profile_tap.hpp"

#include <doctest/doctest.h>

using namespace troupe;

TEST_CASE("times are summed by kind with the longest") {
  profile_tap tap;
  tap.take(event_kinds::wake, 2us);
  tap.take(event_kinds::wake, 5us);
  tap.take(event_kinds::posted, 1us);
  const auto wakes = tap.times_of(event_kinds::wake);
  CHECK(wakes.timed == 2);
  CHECK(wakes.busy == 7us);
  CHECK(wakes.longest == 5us);
  CHECK(tap.times_of(event_kinds::posted).timed == 1);
  CHECK(tap.times_of(event_kinds::down).timed == 0);
}

TEST_CASE("over its rate one event in 64 is timed, and with the next second all again") {
  profile_limiter turns;
  auto now = time_point{} + 1h;
  int timed = 0;
  constexpr int events = 100'000;
  for (int i = 0; i < events; ++i) {
    if (turns.wants()) {
      turns.timed(now);
      ++timed;
    }
  }
  constexpr int rate = profile_limiter::timed_per_s;
  CHECK(timed > rate);
  CHECK(timed <= rate + (events - rate) / static_cast<int>(profile_limiter::every) + 1);

  now += 1s;
  int until_noticed = 0;
  while (!turns.wants()) {
    ++until_noticed;
  }
  turns.timed(now);
  CHECK(until_noticed < static_cast<int>(profile_limiter::every));
  CHECK(turns.wants());
  CHECK(turns.wants());
}
