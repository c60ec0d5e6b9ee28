// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_runs.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace troupe;

namespace {

simulation_report run(std::uint64_t first, std::uint64_t seeds) {
  const auto done = run_seeds({.requests = 200}, {.first_seed = first, .seeds = seeds});
  REQUIRE(done.has_value());
  for (const auto& failure : done->failures) {
    MESSAGE("seed ", failure.seed, " (", failure.fault, "): ", failure.failure);
  }
  return *done;
}

} // namespace

TEST_CASE("every property holds over ten seeds with a fault each, and each repeats itself") {
  const auto done = run(1, 10);

  CHECK(done.failed == 0);
  CHECK(done.nodes >= 7);
  CHECK(done.ended > 1000);
  CHECK(done.replaced > 0);
  CHECK(done.embedded > 100);
}

TEST_CASE("embeddings are their own whoever dies over them, and all end") {
  const auto done = run_seeds({.requests = 120, .embeddings = 1}, {.first_seed = 300, .seeds = 10});
  REQUIRE(done.has_value());
  for (const auto& failure : done->failures) {
    MESSAGE("seed ", failure.seed, " (", failure.fault, "): ", failure.failure);
  }
  CHECK(done->failed == 0);
  CHECK(done->accepted_tokens == 0);
  CHECK(done->embedded > 3000);
  CHECK(done->replaced > 0);
}

TEST_CASE("with keys nothing that a cluster says is refused, whatever fault it meets") {
  const auto done = run_seeds({.requests = 200, .keys = true}, {.first_seed = 100, .seeds = 6});
  REQUIRE(done.has_value());
  for (const auto& failure : done->failures) {
    MESSAGE("seed ", failure.seed, " (", failure.fault, "): ", failure.failure);
  }
  CHECK(done->failed == 0);
  CHECK(done->ended > 600);
}

TEST_CASE("stores that answer errors cost hits, and no request") {
  simulation_options options{.requests = 200};
  options.kinds = *fault_set::parse("store_put,store_get", "");
  const auto done = run_seeds(options, {.first_seed = 200, .seeds = 8, .twice = false});
  REQUIRE(done.has_value());
  for (const auto& failure : done->failures) {
    MESSAGE("seed ", failure.seed, " (", failure.fault, "): ", failure.failure);
  }
  CHECK(done->failed == 0);
  CHECK(done->faults[static_cast<std::size_t>(fault::store_put)] > 0);
  CHECK(done->faults[static_cast<std::size_t>(fault::store_get)] > 0);
  options.kinds = {};
  const auto none = run_seeds(options, {.first_seed = 200, .seeds = 2, .twice = false});
  CHECK(none->faults == fault_counts{});
}

TEST_CASE("different seeds take different courses") {
  CHECK(run(1, 1).trace_hash != run(2, 1).trace_hash);
}

TEST_CASE("an unknown mutant is refused with the names there are") {
  const auto done = run_seeds({.mutant = "two_heads"}, {});

  REQUIRE_FALSE(done.has_value());
  CHECK(done.err().text.find("no_limbo") != std::string::npos);
}
