// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/shell/trace_tap.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

const time_point t0 = time_point{} + 1h;

} // namespace

TEST_CASE("a trace takes at most its rate in each second, and counts the rest") {
  trace_limiter limiter({.begin = t0, .end = t0 + 10s, .rate_per_s = 3});
  int taken = 0;
  for (int i = 0; i < 100; ++i) {
    taken += limiter.allow(t0 + 5ms * i) ? 1 : 0;
  }
  CHECK(taken == 3);
  CHECK(limiter.skipped() == 97);
  CHECK(limiter.allow(t0 + 1s));
  CHECK(limiter.allow(t0 + 1999ms));
  CHECK(limiter.allow(t0 + 1999ms));
  CHECK_FALSE(limiter.allow(t0 + 1999ms));
  CHECK(limiter.allow(t0 + 2s));
}

TEST_CASE("a trace takes nothing before its begin nor from its end on") {
  trace_limiter limiter({.begin = t0, .end = t0 + 1s, .rate_per_s = 3});
  CHECK_FALSE(limiter.allow(t0 - 1ms));
  CHECK(limiter.allow(t0));
  CHECK_FALSE(limiter.allow(t0 + 1s));
  CHECK(limiter.skipped() == 0);
}

TEST_CASE("a tap makes a line only if it is taken, and is bounded until it is picked up") {
  trace_tap tap({.begin = t0, .end = t0 + 10s, .rate_per_s = 1000});
  int made = 0;
  for (int i = 0; i < 400; ++i) {
    tap.take(t0 + 2ms, [&] {
      ++made;
      return trace_line{.text = "x"};
    });
  }
  CHECK(made == limits::trace_lines_max);
  auto seen = tap.pick_up();
  CHECK(seen.lines.size() == limits::trace_lines_max);
  CHECK(seen.lines.front().at_us == 2000);
  CHECK(seen.skipped == 400 - limits::trace_lines_max);
  CHECK(tap.pick_up().lines.empty());
}
