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
/// a certain token of theirs; workers are killed from outside too. There are two gateways and later
/// a third; clients of all of them repeat a request that was condemned, while the gateways' links
/// may be cut.
///
/// Checked, besides what every scene checks: no poison is in the dying step of a third worker, and
/// its client is told so; once word is round, which takes `word_max` after the links are whole and
/// all gateways are there, its repetition kills nobody, through whichever gateway; every other
/// request ends with its right tokens (property 5), although each shares its steps with a poison or
/// has its worker killed now and then; the agent knows every death with the requests that were on
/// it, and nobody is given up.
/// Thread: one. Checked: test/sim/poison_test.cpp
class sim_poison : private sim_scene, private launcher {
public:
  sim_poison(const simulation_options& options, const mutant_switches& mutants, std::uint64_t seed);
  [[nodiscard]] seed_outcome run();

  static constexpr duration word_max = 6s;

private:
  /// One time that a poison is asked.
  struct dose {
    sim_request request;
    std::uint32_t index = 0; ///< Of the answer token that kills.
    std::size_t gateway = 0;
    std::uint32_t deaths_max = 2;
    bool is_first = false;
    std::uint32_t deaths = 0;
  };

  // launcher: of the agent.
  result<std::int64_t> start(const std::string& slot, const slot_config& what) override;
  void stop(std::int64_t) override {}
  void kill(std::int64_t) override {}

  void told(client_id who) override;

  [[nodiscard]] bool dies_of(const std::string& node, const engine::step_plan& plan);
  void count_deaths(const process_end& of);
  void kill_node(const std::string& name, process_end how);
  void plan_requests();
  void submit(const sim_request& request, std::size_t gateway);
  void plan_kills();
  [[nodiscard]] time_point cut_gateways(std::size_t home);
  void plan_repeats(const dose& of);
  void repeat(const dose& of, time_point when, std::size_t gateway, std::uint32_t deaths_max);
  [[nodiscard]] bool is_over() const;
  void check_end();

  [[nodiscard]] sim_node& node(const std::string& name);
  [[nodiscard]] sim_node& late_gateway() { return *nodes_.at(gateways); }

  static constexpr std::size_t gateways = 3; ///< The nodes from 1 on; the last one comes late.

  simulation_options options_;
  std::map<request_id, dose> doses_;
  std::map<std::string, std::int64_t> pids_;
  time_point late_at_; ///< When the last gateway starts.
  std::uint64_t last_client_ = 0;
  std::int64_t last_pid_ = 100;
  std::uint32_t deaths_ = 0;
  std::uint32_t kills_ = 0;
  std::uint32_t cuts_ = 0;
  std::uint32_t waiting_ = 0; ///< Repeats that were not asked yet.
  bool may_repeat_early_ = true;
};

} // namespace troupe
