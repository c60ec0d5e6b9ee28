// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/simulation/sim_clients.hpp"
#include "actors/simulation/sim_options.hpp"
#include "actors/simulation/sim_scene.hpp"
#include "actors/simulation/sim_store.hpp"
#include "runtime/bus/fault_points.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// A cluster on one virtual queue, its clients and one fault, run from a seed: same seed, same
/// events, same trace hash. In every second seed stores fail now and then besides: the shard's, the
/// workers' pools when blocks are imported, and in every fourth seed the server that members are
/// written down in instead of one directory that all join.
///
/// Properties checked: 1 and 2 at every event; the cores' and engines' invariants after every
/// event; 3 within `settle_max` after the last request and the fault; 4 for the workers' pools and
/// the shard then; of 5, that no request fails. Broken invariants end the process (sim_runs keeps
/// them apart). Thread: one. Checked: test/sim
class sim_cluster : private sim_scene {
public:
  sim_cluster(const simulation_options& options, const mutant_switches& mutants,
              std::uint64_t seed);
  ~sim_cluster() { nodes_.clear(); } ///< They use the stores to their end.
  [[nodiscard]] seed_outcome run();

  static constexpr duration settle_max = 100s;

private:
  [[nodiscard]] sim_node& gateway() { return *nodes_.at(1); }
  void after_all() override;

  void plan_requests();
  void leave(client_id who) override;
  void give_up(client_id who);
  void stall(client_id who) override;

  /// Now and then that node's actors do not run for some milliseconds, while its bus and its engine
  /// go on: what arrives waits in mailboxes.
  void plan_naps(std::size_t which, rng draws);
  void nap(std::size_t which, duration length);

  void set_up_stores(std::uint64_t seed);
  void plan_fault();
  void plan_crash(std::size_t which, time_point when);
  void plan_cut(std::size_t a, std::size_t b, time_point when);

  void wait_for_quiet();
  [[nodiscard]] std::string find_unquiet();
  [[nodiscard]] std::string find_view_error() const;

  simulation_options options_;
  fault_points store_faults_;
  sim_record_server records_;
  std::vector<bool> idle_seen_; ///< Nodes whose bus was idle once at the end.
  std::string fault_;
  time_point busy_at_;
  time_point naps_end_;
};

} // namespace troupe
