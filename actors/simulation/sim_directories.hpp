// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/simulation/directory_checks.hpp"
#include "actors/simulation/sim_clients.hpp"
#include "actors/simulation/sim_node.hpp"
#include "actors/simulation/sim_options.hpp"

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
class sim_directories {
public:
  sim_directories(const simulation_options& options, const mutant_switches& mutants,
                  std::uint64_t seed);
  ~sim_directories();
  sim_directories(const sim_directories&) = delete;
  sim_directories& operator=(const sim_directories&) = delete;

  [[nodiscard]] seed_outcome run();

  /// Within this after the last cut has healed, all views are equal.
  static constexpr duration heal_max = 2s;

private:
  void run_until(time_point end);
  void settle();
  void trace(std::uint64_t a, std::uint64_t b);
  void fail(const std::string& what);
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

  rng draws_;
  virtual_time time_;
  sim_network network_;
  sim_clients clients_; ///< None come: no node is a gateway.
  sim_place place_;
  std::vector<std::unique_ptr<sim_node>> nodes_;
  std::vector<time_point> awake_at_; ///< Of each node.
  std::optional<directory_checks> checks_;
  std::optional<std::string> failure_;
  std::string faults_;
  time_point faults_end_;
  bool with_faults_;
  std::uint64_t seed_;
  std::uint64_t hash_ = 0;
};

} // namespace troupe
