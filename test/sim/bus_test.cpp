// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_runs.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

simulation_report run(const simulation_options& options, const run_plan& plan) {
  const auto done = run_seeds(options, plan);
  REQUIRE(done.has_value());
  for (const auto& failure : done->failures) {
    MESSAGE("seed ", failure.seed, " (", failure.fault, "): ", failure.failure,
            "; replay: ", replay_command(options, failure.seed));
  }
  return *done;
}

std::uint64_t count(const simulation_report& report, fault what) {
  return report.faults[static_cast<std::size_t>(what)];
}

} // namespace

TEST_CASE("talk keeps its rules over 200 seeds of every kind of fault, and each repeats itself") {
  const auto done = run({.scene = simulation_scene::bus}, {.seeds = 200});

  CHECK(done.failed == 0);
  CHECK(done.nodes >= 5);
  CHECK(done.virtual_ms >= 200 * 60'000);
  CHECK(done.messages > 200 * 1000);
  for (std::size_t at = 0; at < fault_count; ++at) {
    const auto what = static_cast<fault>(at);
    CHECK_MESSAGE((count(done, what) > 0) == has_kind(simulation_scene::bus, what), name_of(what));
  }
}

TEST_CASE("seeds that failed once") {
  for (const std::uint64_t seed : {106'693, 120'644, 120'775, 127'367, 147'783, 159'586, 168'344}) {
    CHECK(run({.scene = simulation_scene::bus}, {.first_seed = seed, .seeds = 1}).failed == 0);
  }
}

TEST_CASE("every seed has a fault, and kinds are switched off by name") {
  simulation_options options{.scene = simulation_scene::bus};
  options.kinds = *fault_set::parse("pause,lose", "");
  const auto done = run_seeds(options, {.seeds = 30}, [](const seed_outcome& one) {
    std::uint64_t faults = 0;
    for (const auto each : one.faults) {
      faults += each;
    }
    CHECK(faults > 0);
  });

  REQUIRE(done.has_value());
  CHECK(done->failed == 0);
  CHECK(count(*done, fault::pause) > 0);
  CHECK(count(*done, fault::lose) > 0);
  CHECK(count(*done, fault::cut) == 0);
  CHECK(count(*done, fault::restart) == 0);
  CHECK(count(*done, fault::delay) == 0);
}

TEST_CASE("without faults nothing ends and nothing is late") {
  const auto done = run({.scene = simulation_scene::bus, .faults = false}, {.seeds = 20});

  CHECK(done.failed == 0);
  CHECK(done.messages > 0);
}
