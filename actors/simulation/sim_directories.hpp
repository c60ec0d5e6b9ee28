// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/simulation/directory_checks.hpp"
#include "actors/simulation/sim_clients.hpp"
#include "actors/simulation/sim_options.hpp"
#include "actors/simulation/sim_scene.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// One to four directories and some nodes on one virtual queue, with planners that order, under a
/// sequence of cuts (both ways, one way, whole groups), breaks, kills, restarts, sleeps and freezes
/// drawn from the seed. `directory_checks` says what must hold.
/// Thread: one. Checked: test/sim/directories_test.cpp
class sim_directories : private sim_scene {
public:
  sim_directories(const simulation_options& options, const mutant_switches& mutants,
                  std::uint64_t seed);
  [[nodiscard]] seed_outcome run();

  /// Within this after the last cut has healed, all views are equal.
  static constexpr duration heal_max = 2s;

private:
  void after_node() override;
  void note(const std::string& what);

  void plan_orders();
  void plan_faults();
  void fault();
  void cut_pair(bool one_way);
  void split();
  void isolate();
  void heal_all();
  void break_pair();
  void kill(bool comes_back);
  void sleep(bool with_links);
  void cut(std::size_t from, std::size_t to);
  void revive(std::size_t which);
  void calm_down();

  [[nodiscard]] std::size_t draw_node() {
    return static_cast<std::size_t>(draws_.below(nodes_.size()));
  }
  [[nodiscard]] duration draw_time(duration least, duration most);
  [[nodiscard]] std::set<std::size_t> running() const;

  std::optional<directory_checks> checks_;
  std::string faults_;
  time_point faults_end_;
  bool with_faults_;
};

} // namespace troupe
