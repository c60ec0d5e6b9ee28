// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_runs.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

/// What the simulation says of directories that break that rule, over at most 100 seeds.
std::string found(const std::string& mutant) {
  const auto done = run_seeds({.scene = simulation_scene::directories, .mutant = mutant},
                              {.seeds = 100, .twice = false, .stop_at_first = true});
  REQUIRE(done.has_value());
  if (done->failures.empty()) {
    return {};
  }
  MESSAGE(mutant, ", seed ", done->failures[0].seed, ": ", done->failures[0].failure);
  return done->failures[0].failure;
}

bool names(const std::string& failure, const char* what) {
  return failure.find(what) != std::string::npos;
}

} // namespace

TEST_CASE("directories keep their rules over 40 seeds of faults, and each repeats itself") {
  const auto done = run_seeds({.scene = simulation_scene::directories}, {.seeds = 40});

  REQUIRE(done.has_value());
  for (const auto& failure : done->failures) {
    MESSAGE("seed ", failure.seed, " (", failure.fault, "): ", failure.failure);
  }
  CHECK(done->failed == 0);
  CHECK(done->ended > 80); // Epochs.
}

TEST_CASE("a directory that leads before it has heard of older epochs is found") {
  CHECK(names(found("leads_when_young"), "D2"));
}

TEST_CASE("a young directory whose list counts is found by who gets lost") {
  CHECK(names(found("young_speaks"), "D3"));
}

TEST_CASE("a leader that does not step down is found") {
  CHECK(names(found("keeps_leading"), "D6"));
}

TEST_CASE("an epoch with a number that was used is found") {
  CHECK(names(found("same_number"), "D2"));
}

TEST_CASE("directories that do not listen to who holds a lease are found by their unrest") {
  CHECK(names(found("ignores_holders"), "D4"));
}

TEST_CASE("leases that do not end are found by who stays") {
  CHECK(names(found("lease_unchecked"), "D5"));
}

TEST_CASE("a directory that counts its own sleep is found by who gets lost") {
  CHECK(names(found("asleep_removes"), "D3"));
}

TEST_CASE("members that follow any epoch are found") {
  CHECK(names(found("epoch_unchecked"), "D1"));
}

TEST_CASE("members that forget when no directory is left are found") {
  CHECK(names(found("forgets_alone"), "D3"));
}

TEST_CASE("nodes that obey a leader of the past are found") {
  CHECK(names(found("obeys_older_epochs"), "D1"));
}
