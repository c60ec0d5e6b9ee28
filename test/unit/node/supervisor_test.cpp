// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/node/supervisor.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

using names = std::vector<std::string>;

constexpr auto t0 = time_point{} + 1h;

supervisor of_three(supervision how) {
  supervisor all(how);
  for (const auto* child : {"a", "b", "c"}) {
    all.add(child);
  }
  return all;
}

} // namespace

TEST_CASE("one_for_one starts only the dead child again, at once") {
  auto all = of_three({});

  const auto what = all.died("b", t0);

  CHECK(what.restart == names{"b"});
  CHECK(what.stop_first.empty());
  CHECK(what.after == 0s);
  CHECK_FALSE(what.gives_up);
}

TEST_CASE(
    "rest_for_one ends those added after the dead child, the last first, and starts all of them") {
  auto all = of_three({.strategy = restart_strategy::rest_for_one});

  const auto middle = all.died("b", t0);
  CHECK(middle.stop_first == names{"c"});
  CHECK(middle.restart == names{"b", "c"});

  const auto first = all.died("a", t0);
  CHECK(first.stop_first == names{"c", "b"});
  CHECK(first.restart == names{"a", "b", "c"});

  CHECK(all.died("c", t0).stop_first.empty());
}

TEST_CASE("after so many prompt restarts each comes with twice the delay of the one before, up to "
          "a bound") {
  auto all =
      of_three({.intensity = 100, .prompt_max = 2, .backoff_min = 100ms, .backoff_max = 300ms});

  std::vector<duration> delays;
  for (int i = 0; i < 6; ++i) {
    delays.push_back(all.died("a", t0 + i * 1s).after);
  }

  CHECK(delays == std::vector<duration>{0s, 0s, 100ms, 200ms, 300ms, 300ms});
}

TEST_CASE("deaths of all children count together, and one more than the intensity is too many") {
  auto all = of_three({.intensity = 3, .period = 10s});
  CHECK_FALSE(all.died("a", t0).gives_up);
  CHECK_FALSE(all.died("b", t0 + 1s).gives_up);
  CHECK_FALSE(all.died("c", t0 + 2s).gives_up);

  const auto what = all.died("a", t0 + 3s);

  CHECK(what.gives_up);
  CHECK(what.deaths == 4);
  CHECK(what.restart == names{"a"});
}

TEST_CASE("deaths longer ago than the period do not count") {
  auto all = of_three({.intensity = 3, .period = 10s});
  for (int i = 0; i < 100; ++i) {
    CHECK_FALSE(all.died("a", t0 + i * 4s).gives_up);
  }
}

TEST_CASE("whoever gave up gives up again at the next death, unless it was forgiven") {
  auto all = of_three({.intensity = 1, .period = 1h});
  static_cast<void>(all.died("a", t0));
  REQUIRE(all.died("a", t0).gives_up);
  CHECK(all.died("b", t0).gives_up);

  all.forgive();

  CHECK_FALSE(all.died("a", t0).gives_up);
}

TEST_CASE("strategies have the names of OTP") {
  CHECK(parse_restart_strategy("one_for_one") == restart_strategy::one_for_one);
  CHECK(parse_restart_strategy("rest_for_one") == restart_strategy::rest_for_one);
  CHECK_FALSE(parse_restart_strategy("one_for_all").has_value());
}
