// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/simulation/sim_clients.hpp"
#include "actors/simulation/sim_options.hpp"
#include "actors/simulation/sim_scene.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace troupe {

/// A cluster whose agent restarts what dies, and a few requests that kill any worker that computes
/// a certain token of theirs; workers are killed from outside too.
///
/// Checked, besides what every scene checks: no poison is in the dying step of a third worker, and
/// its client is told so; every other request ends with its right tokens (property 5), although
/// each shares its steps with a poison or has its worker killed now and then; the agent knows
/// every death with the requests that were on it, and nobody is given up.
/// Thread: one. Checked: test/sim/poison_test.cpp
class sim_poison : private sim_scene, private launcher {
public:
  sim_poison(const simulation_options& options, const mutant_switches& mutants, std::uint64_t seed);
  [[nodiscard]] seed_outcome run();

private:
  struct poison {
    std::uint32_t index = 0; ///< Of the answer token that kills.
    std::uint32_t deaths = 0;
  };

  // launcher: of the agent.
  result<std::int64_t> start(const std::string& slot, const slot_config& what) override;
  void stop(std::int64_t) override {}
  void kill(std::int64_t) override {}

  [[nodiscard]] bool dies_of(const std::string& node, const engine::step_plan& plan);
  void count_deaths(const process_end& of);
  void kill_node(const std::string& name, process_end how);
  void plan_requests();
  void plan_kills();
  void check_end();

  [[nodiscard]] sim_node& node(const std::string& name);
  [[nodiscard]] sim_node& gateway() { return *nodes_.at(1); }

  simulation_options options_;
  std::map<request_id, poison> poisons_;
  std::map<std::string, std::int64_t> pids_;
  std::int64_t last_pid_ = 100;
  std::uint32_t deaths_ = 0;
  std::uint32_t kills_ = 0;
};

} // namespace troupe
