// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_runs.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

simulation_options scene(const std::string& mutant = {}) {
  return {.scene = simulation_scene::poison, .requests = 100, .span = 15s, .mutant = mutant};
}

/// What the simulation says of gateways that break that rule, over at most 40 seeds.
std::string found(const std::string& mutant) {
  const auto done = run_seeds(scene(mutant), {.seeds = 40, .twice = false, .stop_at_first = true});
  REQUIRE(done.has_value());
  if (done->failures.empty()) {
    return {};
  }
  MESSAGE(mutant, ", seed ", done->failures[0].seed, ": ", done->failures[0].failure);
  return done->failures[0].failure;
}

} // namespace

TEST_CASE("a poison kills at most two workers and all others end well, over 20 seeds, repeatably") {
  const auto done = run_seeds(scene(), {.seeds = 20});

  REQUIRE(done.has_value());
  for (const auto& failure : done->failures) {
    MESSAGE("seed ", failure.seed, " (", failure.fault, "): ", failure.failure);
  }
  CHECK(done->failed == 0);
  CHECK(done->ended > 1000);
  CHECK(done->replaced > 40);
}

TEST_CASE("a gateway that takes no notice of deaths is found by the third worker killed") {
  CHECK(found("ignores_deaths").find("third worker") != std::string::npos);
}

TEST_CASE("a gateway that condemns everybody in a dying step is found by innocents that fail") {
  CHECK(found("blames_bystanders").find("property 5") != std::string::npos);
}

TEST_CASE("a gateway whose suspects are computed in company is found by the third worker killed") {
  CHECK(found("suspects_in_company").find("third worker") != std::string::npos);
}

TEST_CASE(
    "a gateway that tells no other whom it condemned is found by an equal request that kills") {
  CHECK(found("word_kept").find("word is round") != std::string::npos);
}

TEST_CASE("a gateway that takes what it told for heard is found when links are cut") {
  CHECK(found("word_unrepeated").find("word is round") != std::string::npos);
}

TEST_CASE("a gateway that tells nothing to those that appear later is found") {
  CHECK(found("latecomers_untold").find("word is round") != std::string::npos);
}
