// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/simulation/sim_clients.hpp"
#include "actors/simulation/sim_node.hpp"
#include "actors/simulation/sim_options.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// A cluster on one virtual queue, its clients and one fault, run from a seed: same seed, same
/// events, same trace hash.
///
/// Properties checked: 1 and 2 at every event; the cores' and engines' invariants after every
/// event; 3 within `settle_max` after the last request and the fault; 4 for the workers' pools
/// then; of 5, that no request fails. Broken invariants end the process (sim_runs keeps them
/// apart).
/// Thread: one. Checked: test/sim
class sim_cluster {
public:
  sim_cluster(const simulation_options& options, const mutant_switches& mutants,
              std::uint64_t seed);
  ~sim_cluster();
  sim_cluster(const sim_cluster&) = delete;
  sim_cluster& operator=(const sim_cluster&) = delete;

  [[nodiscard]] seed_outcome run();

  static constexpr duration settle_max = 100s;

private:
  void add(const std::string& name, node_roles roles);
  [[nodiscard]] sim_node& gateway() { return *nodes_.at(1); }
  void run_until(time_point end);
  void settle();
  void trace(std::uint64_t a, std::uint64_t b);
  void fail(const std::string& what);

  void plan_requests();
  void leave(client_id who);
  void give_up(client_id who);
  void stall(client_id who);

  /// Now and then that node's actors do not run for some milliseconds, while its bus and its engine
  /// go on: what arrives waits in mailboxes.
  void plan_naps(std::size_t which, rng draws);
  void nap(std::size_t which, duration length);

  void plan_fault();
  void plan_crash(std::size_t which, time_point when);
  void plan_cut(std::size_t a, std::size_t b, time_point when);

  void wait_for_quiet();
  [[nodiscard]] std::string find_unquiet();
  [[nodiscard]] std::string find_view_error() const;

  simulation_options options_;
  rng draws_;
  virtual_time time_;
  sim_network network_;
  sim_clients clients_;
  sim_place place_;
  std::vector<std::unique_ptr<sim_node>> nodes_;
  std::vector<time_point> awake_at_; ///< Of each node.
  std::vector<bool> idle_seen_;      ///< Nodes whose bus was idle once at the end.
  std::optional<std::string> failure_;
  std::string fault_;
  time_point busy_at_;
  time_point naps_end_;
  std::uint64_t seed_;
  std::uint64_t hash_ = 0;
};

} // namespace troupe
