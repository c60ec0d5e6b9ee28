// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_runs.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

simulation_report run(std::uint32_t nodes, const std::string& mutant = {}) {
  const auto done = run_seeds({.scene = simulation_scene::crowd, .nodes = nodes, .mutant = mutant},
                              {.seeds = 1, .twice = false});
  REQUIRE(done.has_value());
  for (const auto& failure : done->failures) {
    MESSAGE("seed ", failure.seed, ": ", failure.failure);
  }
  return *done;
}

} // namespace

TEST_CASE("200 nodes form a cluster, lose 20 at once, and agree within two seconds") {
  const auto done = run(200);

  CHECK(done.failed == 0);
  CHECK(done.nodes == 200);
  CHECK(done.formed_ms < 2000);
  CHECK(done.agreed_ms > 0);
  CHECK(done.agreed_ms < 2000);
  // Its start costs messages by its size, not by its square.
  CHECK(done.messages < 200 * 200);
}

TEST_CASE("a crowd whose directories keep the dead does not agree") {
  CHECK(run(30, "lease_unchecked").failed == 1);
}
