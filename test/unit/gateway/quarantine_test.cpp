// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/quarantine.hpp"

#include "test/unit/gateway/core_rig.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace troupe;
using namespace troupe::test;

namespace {

constexpr auto t0 = time_point{} + 1h;

request_id id(std::uint64_t n) {
  return request_id{{0, n}};
}

std::shared_ptr<prepared> asked(std::string_view prompt) {
  auto what = std::make_shared<prepared>();
  what->text = byte_model();
  what->prompts = {as_tokens(prompt)};
  return what;
}

condemned_request told(std::uint64_t n, duration age = 0s) {
  return {.fingerprint = {n, n},
          .what = {.request = id(n),
                   .model = "m",
                   .age_ms = static_cast<std::uint64_t>(age / 1ms),
                   .slots = {"a", "b"}}};
}

} // namespace

TEST_CASE("an equal request is refused for a time, another prompt or seed is not") {
  quarantine all(10min);
  const auto poison = asked("kill");
  all.add({.request = id(1)}, fingerprint_of(*poison), t0);

  CHECK(all.refuses(fingerprint_of(*asked("kill")), t0 + 9min) != nullptr);
  CHECK(all.refuses(fingerprint_of(*asked("kill")), t0 + 11min) == nullptr);
  CHECK(all.refuses(fingerprint_of(*asked("kil")), t0) == nullptr);
  auto seeded = asked("kill");
  seeded->seed_given = true;
  CHECK(all.refuses(fingerprint_of(*seeded), t0) == nullptr);
  const auto listed = all.report(t0 + 2s).quarantined;
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].refused == 1);
  CHECK(listed[0].age_ms == 2000);
}

TEST_CASE("a fingerprint is the same in every process and version") {
  const auto print = fingerprint_of(*asked("kill"));
  CHECK(print.high == 15087614989298993512ULL);
  CHECK(print.low == 14487880497428257698ULL);
  auto seeded = asked("kill");
  seeded->seed_given = true;
  seeded->how.seed = 7;
  CHECK(fingerprint_of(*seeded).low == 754868510593235832ULL);
}

TEST_CASE("only so many quarantined requests are remembered, the newest first") {
  quarantine all(10min);
  for (std::uint64_t n = 1; n <= 1000; ++n) {
    all.add({.request = id(n)}, {n, n}, t0);
  }
  CHECK(all.size() == limits::quarantined_max);
  CHECK(all.report(t0).quarantined.front().request == id(1000));
}

TEST_CASE("what others condemned is refused here too, until it is as old as that") {
  quarantine all(10min);
  CHECK(all.hear(told(7, 4min), t0));

  CHECK(all.refuses({7, 7}, t0 + 5min) != nullptr);
  CHECK(all.refuses({7, 7}, t0 + 6min) == nullptr);
  CHECK(all.report(t0 + 1min).quarantined.at(0).age_ms == 5 * 60'000);
  CHECK(all.report(t0 + 1min).quarantined.at(0).refused == 1);
}

TEST_CASE("what is in force already is not changed by hearing it again") {
  quarantine all(10min);
  all.add({.request = id(1), .slots = {"x", "y"}}, {1, 1}, t0);
  CHECK(all.hear(told(2, 9min), t0));

  CHECK_FALSE(all.hear(told(1), t0 + 1s));
  CHECK_FALSE(all.hear(told(2), t0 + 1s));

  CHECK(all.size() == 2);
  CHECK(all.refuses({2, 2}, t0 + 1min) == nullptr);
  CHECK(all.hear(told(2), t0 + 1min)); // Condemned anew.
  CHECK(all.size() == 2);
}

TEST_CASE("what others say that is too old or proves nothing changes nothing") {
  quarantine all(10min);
  condemned_request junk = told(7);
  SUBCASE("as old as it may get") {
    junk.what.age_ms = 10 * 60'000;
  }
  SUBCASE("older than time") {
    junk.what.age_ms = std::numeric_limits<std::uint64_t>::max();
  }
  SUBCASE("a sign flips") {
    junk.what.age_ms = std::uint64_t{1} << 63U;
  }
  SUBCASE("of no request") {
    junk.fingerprint = {};
  }
  SUBCASE("one death condemns nobody") {
    junk.what.slots = {"a"};
  }
  CHECK_FALSE(all.hear(junk, t0));
  CHECK(all.size() == 0);
}

TEST_CASE("however much others say, what was condemned here stays, and the newest of theirs") {
  quarantine all(10min);
  all.add({.request = id(1)}, {1, 1}, t0);
  auto wordy = told(1'000'000, 5min);
  wordy.what.slots.resize(16, "slot");
  all.hear(wordy, t0);
  for (std::uint64_t n = 2; n <= 1000; ++n) {
    all.hear(told(n, 1min), t0);
  }

  CHECK(all.size() == 1 + limits::quarantined_max);
  CHECK(all.refuses({1, 1}, t0) != nullptr);
  CHECK(all.refuses({1'000'000, 1'000'000}, t0) == nullptr);
  CHECK_FALSE(all.hear(told(2000, 2min), t0));
  CHECK(all.hear(told(2001, 30s), t0));
  CHECK(all.size() == 1 + limits::quarantined_max);
  CHECK(all.report(t0).quarantined.size() == limits::quarantined_max);
}

TEST_CASE("to others is told only what was condemned here and is in force, with its age") {
  quarantine all(10min);
  all.add({.request = id(1)}, {1, 1}, t0);
  all.add({.request = id(2)}, {2, 2}, t0 + 5min);
  all.hear(told(3), t0 + 5min);
  CHECK(all.last_no() == 2);

  CHECK(all.condemned_after(0, t0 + 5min).size() == 2);
  CHECK(all.condemned_after(2, t0 + 5min).empty());
  const auto later = all.condemned_after(0, t0 + 11min);
  REQUIRE(later.size() == 1);
  CHECK(later[0].fingerprint == hash128{2, 2});
  CHECK(later[0].what.request == id(2));
  CHECK(later[0].what.age_ms == 6 * 60'000);
}
