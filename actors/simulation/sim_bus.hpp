// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/simulation/directory_checks.hpp"
#include "actors/simulation/light_node.hpp"
#include "actors/simulation/sim_options.hpp"
#include "actors/simulation/talk_checks.hpp"
#include "actors/simulation/talker.hpp"
#include "runtime/base/rng.hpp"
#include "runtime/base/virtual_time.hpp"
#include "runtime/bus/fault_points.hpp"
#include "runtime/bus/sim_network.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// Five to seven light nodes, one to three of them directories, whose talkers say all kinds of
/// things to each other under every kind of fault, drawn from the seed. `talk_checks` and
/// `directory_checks` say what must hold.
/// Cost: some 10 ms a seed. Thread: one. Checked: test/sim/bus_test.cpp
class sim_bus {
public:
  sim_bus(const simulation_options& options, const mutant_switches& mutants, std::uint64_t seed);
  sim_bus(const sim_bus&) = delete;
  sim_bus& operator=(const sim_bus&) = delete;
  ~sim_bus();

  [[nodiscard]] seed_outcome run();

private:
  struct entry {
    std::unique_ptr<light_node> node;
    std::vector<std::pair<actor_ref, talker*>> talkers;
    time_point awake_at;
    time_point touched_at; ///< By a fault, last.
    time_point muted_at;   ///< By one that may have lost or delayed a farewell.
  };

  // the scene
  void add_nodes();
  void start(std::size_t which);
  actor_ref add_talker(std::size_t which);
  void announce(std::size_t which);
  void replace_talker();
  void every(duration least, duration most, time_point end, void (sim_bus::*what)());
  void order();
  void hush();
  void settle();
  void run_until(time_point end);
  void run_phase(time_point end, void (sim_bus::*then)());
  void fail(const std::string& what);
  void note(const std::string& what);

  // checks
  void check_credit(const light_node& node);
  void check_halves();
  void check_views();
  void check_quiet();
  void peer_left(std::size_t at, const peer_down& what);
  [[nodiscard]] std::set<std::size_t> running() const;
  [[nodiscard]] bool lives(const actor_ref& who) const;

  // faults: bus_faults.cpp
  void draw_faults();
  void plan_fault();
  void do_fault(fault what);
  void touched(std::size_t which, time_point when, bool mutes = true);
  void cut(std::size_t from, std::size_t to);
  void cut_pair(bool one_way);
  void split();
  void isolate();
  void heal_all();
  void sever();
  void clog();
  void stand_still(bool with_bus);
  void stop_node(bool politely);
  void revive(std::size_t which);
  void calm_down();
  void frame_fault(fault what, node_id from, node_id to);

  [[nodiscard]] std::size_t draw_node() {
    return static_cast<std::size_t>(draws_.below(players_.size()));
  }
  [[nodiscard]] std::size_t other_than(std::size_t which) {
    return (which + 1 + static_cast<std::size_t>(draws_.below(players_.size() - 1)))
           % players_.size();
  }
  [[nodiscard]] duration draw_time(duration least, duration most) {
    return least + duration{1us} * draws_.below(static_cast<std::uint64_t>((most - least) / 1us));
  }
  [[nodiscard]] const std::string& name_of_node(std::size_t which) const {
    return players_[which].node->name();
  }

  std::uint64_t seed_;
  rng draws_;
  virtual_time time_;
  sim_network network_;
  fault_points points_;
  talk_habits habits_;
  talk_checks talks_;
  light_place place_;
  std::vector<entry> players_;
  std::optional<directory_checks> members_;
  fault_set allowed_;
  std::vector<fault> kinds_; ///< Of this seed, done by the scene.
  std::string faults_;
  std::optional<std::string> failure_;
  time_point faults_end_;
  time_point talk_end_;
  time_point last_fault_;
  time_point cut_until_;    ///< max(): something is cut.
  bool stays_away_ = false; ///< The last node.
  std::uint64_t hash_ = 0;
};

} // namespace troupe
