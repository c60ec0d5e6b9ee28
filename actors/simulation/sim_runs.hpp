// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/simulation/sim_options.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace troupe {

/// Runs one seed in this process. A broken invariant ends the process.
/// Errors: invalid_value (mutant).
[[nodiscard]] result<seed_outcome> run_seed(const simulation_options& options, std::uint64_t seed);

/// The same of several in a row in a child process, so that a broken invariant is a failure of the
/// seed and not the end of the run: the last outcome is then that seed's, and those after it did
/// not run. Requires: no other thread in this process. Errors: invalid_value, io_failed.
[[nodiscard]] result<std::vector<seed_outcome>> run_seeds_apart(const simulation_options& options,
                                                                std::uint64_t first,
                                                                std::uint64_t seeds);

struct simulation_report {
  std::uint64_t seeds = 0;
  std::uint64_t failed = 0;
  std::uint64_t nodes = 0;
  std::uint64_t events = 0;
  std::uint64_t virtual_ms = 0;
  std::uint64_t trace_hash = 0; ///< Of all seeds' hashes in order.
  std::uint64_t ended = 0;
  std::uint64_t replaced = 0;
  std::uint64_t accepted_tokens = 0;
  std::uint64_t embedded = 0; ///< Inputs.
  std::uint64_t messages = 0;
  std::uint64_t formed_ms = 0; ///< The longest.
  std::uint64_t agreed_ms = 0; ///< The longest.
  fault_counts faults{};
  std::vector<seed_outcome> failures; ///< The first 16.
};

struct run_plan {
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 1;
  bool twice = true;          ///< Each seed again: another trace hash is a failure.
  bool stop_at_first = false; ///< Of the failures; for mutants.
};

/// Runs seeds first_seed, first_seed + 1, ... apart. `told` hears of each.
[[nodiscard]] result<simulation_report> run_seeds(
    const simulation_options& options, const run_plan& plan,
    const std::function<void(const seed_outcome&)>& told = {});

/// How to see that failure again.
[[nodiscard]] std::string replay_command(const simulation_options& options, std::uint64_t seed);

} // namespace troupe
