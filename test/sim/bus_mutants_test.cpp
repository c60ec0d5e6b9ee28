// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_runs.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <utility>

using namespace troupe;

namespace {

/// The seed of the first failure; 0: none.
std::uint64_t found_by(const std::string& mutant, std::uint64_t seeds, std::string* how = nullptr) {
  const auto done = run_seeds({.scene = simulation_scene::bus, .mutant = mutant},
                              {.seeds = seeds, .twice = false, .stop_at_first = true});
  REQUIRE(done.has_value());
  if (done->failures.empty()) {
    MESSAGE(mutant, ": not found by ", seeds, " seeds");
    return 0;
  }
  MESSAGE(mutant, ", seed ", done->failures[0].seed, ": ", done->failures[0].failure);
  if (how != nullptr) {
    *how = done->failures[0].failure;
  }
  return done->failures[0].seed;
}

/// The rule whose check names it, and how many seeds it may take.
struct planted {
  const char* mutant;
  const char* rule;
  std::uint64_t seeds;
};

constexpr std::array<planted, 21> all{{{"answers_unmatched", "T3", 20},
                                       {"credit_kept", "T7", 20},
                                       {"deadline_unarmed", "T3", 20},
                                       {"delivered_twice", "T1", 20},
                                       {"demonitor_ignored", "T4", 20},
                                       {"ended_silently", "T7", 40},
                                       {"epoch_unchecked", "D1", 400},
                                       {"farewell_ignored", "T6", 100},
                                       {"incarnation_unchecked", "T2", 40},
                                       {"joined_early", "T5", 40},
                                       {"lease_unchecked", "D5", 40},
                                       {"obeys_older_epochs", "D1", 40},
                                       {"refs_unbound", "T9", 20},
                                       {"requests_forgotten", "T3", 20},
                                       {"sequence_unchecked", "T1", 40},
                                       {"hold_unchecked", "T2", 40},
                                       {"unknown_forgotten", "T7", 40},
                                       {"waiting_lost", "T", 40},
                                       {"watch_lost", "T4", 20},
                                       {"watch_twice", "T4", 20},
                                       {"window_ignored", "T5", 100}}};

} // namespace

TEST_CASE("of 21 planted defects of bus, sessions and directory at least nineteen are found") {
  int found = 0;
  for (const auto& each : all) {
    std::string how;
    found += found_by(each.mutant, each.seeds, &how) != 0
                     && how.find(std::string("(") + each.rule) != std::string::npos
                 ? 1
                 : 0;
  }
  CHECK(found >= 19);
}

TEST_CASE("the canary is found at once: the checks are alive") {
  std::string how;
  CHECK(found_by("canary", 8, &how) != 0);
  CHECK(how.find("(T1)") != std::string::npos);
}

TEST_CASE("a failure says how to see it again") {
  simulation_options options{.scene = simulation_scene::bus, .mutant = "canary"};
  options.kinds = *fault_set::parse("cut,pause", "");

  CHECK(replay_command(options, 7)
        == "troupe sim --seed 7 --seeds 1 --scene bus --fault-kinds cut,pause --mutant canary");
}
