// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/simulation/light_node.hpp"
#include "actors/simulation/sim_options.hpp"
#include "runtime/base/rng.hpp"
#include "runtime/base/virtual_time.hpp"
#include "runtime/bus/sim_network.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// Very many light nodes with three directories among them: they form a cluster, a tenth of them is
/// killed at once, and within `agree_max` all others know exactly each other.
/// Thread: one. Checked: test/sim/crowd_test.cpp
class sim_crowd {
public:
  sim_crowd(const simulation_options& options, const mutant_switches& mutants, std::uint64_t seed);
  sim_crowd(const sim_crowd&) = delete;
  sim_crowd& operator=(const sim_crowd&) = delete;

  [[nodiscard]] seed_outcome run();

  static constexpr duration form_max = 20s;
  static constexpr duration agree_max = 2s;

private:
  /// Runs until all that are up know exactly each other; the time it took.
  [[nodiscard]] std::optional<duration> until_agreed(duration most);
  [[nodiscard]] bool agrees(std::size_t up);
  void settle();

  std::uint64_t seed_;
  rng draws_;
  virtual_time time_;
  sim_network network_;
  light_place place_;
  std::vector<std::unique_ptr<light_node>> nodes_;
  std::size_t first_wrong_ = 0; ///< Where the last look ended.
};

} // namespace troupe
