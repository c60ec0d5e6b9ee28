// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/load_meter.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using engine::load_stage;

TEST_CASE("a line of a load has share, rate since the stage began and the time that is left") {
  const time_point begin{1h};
  load_meter meter{"llama", begin};
  CHECK(meter.line({load_stage::hash, 0, 2'000'000'000}, begin) == "llama: hashing, 0 %");
  CHECK(meter.line({load_stage::hash, 1'000'000'000, 2'000'000'000}, begin + 500ms)
        == "llama: hashing, 50 %, 2.0 GB/s, 1 s left");
  // Soon after: nothing, but for the end.
  CHECK_FALSE(
      meter.line({load_stage::hash, 1'500'000'000, 2'000'000'000}, begin + 550ms).has_value());
  CHECK(meter.line({load_stage::hash, 2'000'000'000, 2'000'000'000}, begin + 560ms)
        == "llama: hashing, 100 %, 3.6 GB/s, 0 s left");
  // The next stage counts from there.
  CHECK(meter.line({load_stage::pack, 500'000'000, 4'000'000'000}, begin + 1060ms)
        == "llama: packing, 12 %, 1.0 GB/s, 4 s left");
  CHECK(meter.line({load_stage::map, 4'000'000'000, 4'000'000'000}, begin + 2060ms)
        == "llama: reading the packed copy, 100 %, 4.0 GB/s, 0 s left");
}

TEST_CASE("a stage of no bytes, or that took no time, divides by nothing") {
  const time_point begin{1h};
  load_meter meter{"m", begin};
  CHECK(meter.line({load_stage::map, 0, 0}, begin) == "m: reading the packed copy, 100 %");
  CHECK(gigabytes_per_second(5, duration{0}) == 0);
  CHECK(gigabytes_per_second(5'000'000'000, 2s) == 2.5);
}
