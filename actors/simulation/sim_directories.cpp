// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_directories.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr duration span = 90s; ///< Of the faults.
constexpr duration calm = 10s; ///< Before the end of the cuts, nothing else happens any more.

} // namespace

sim_directories::sim_directories(const simulation_options& options, const mutant_switches& mutants,
                                 std::uint64_t seed)
    : sim_scene(mutants, seed), with_faults_(options.faults) {
  network_.set_delay(lane::control, {.least = 100us, .spread = 4ms});
  const auto directories = 1 + draws_.below(4);
  const auto others = 2 + draws_.below(3);
  // Seeds may be all directories or only the first: the others are then learned of.
  const auto named = draws_.below(2) == 0 ? directories : 1;
  for (std::uint64_t at = 1; at <= named; ++at) {
    place_.seeds.push_back(sim_network::endpoint_of({at}));
  }
  for (std::uint64_t at = 1; at <= directories; ++at) {
    add("directory-" + std::to_string(at),
        node_role::agent | node_role::directory | node_role::planner);
  }
  for (std::uint64_t at = 1; at <= others; ++at) {
    add("node-" + std::to_string(at), node_role::agent);
  }
  directory_checks::nodes all;
  for (const auto& node : nodes_) {
    all.push_back(node.get());
  }
  checks_.emplace(std::move(all), place_.seeds.size(),
                  [this](const std::string& what) { fail(what); });
}

void sim_directories::note(const std::string& what) {
  faults_ += (faults_.empty() ? "" : "; ") + what + " at " + std::to_string(elapsed_ms());
}

void sim_directories::after_node() {
  checks_->after_event(time_.now());
}

void sim_directories::plan_orders() {
  const auto after = draw_time(50ms, 500ms);
  time_.at(time_.now() + after, [this] {
    const auto by = draw_node();
    const auto to = draw_node();
    if (nodes_[by]->is_up() && nodes_[to]->is_up()
        && (nodes_[by]->roles() & node_role::planner) != 0) {
      nodes_[by]->order(*nodes_[to]);
    }
    if (time_.now() < faults_end_) {
      plan_orders();
    }
  });
}

std::set<std::size_t> sim_directories::running() const {
  std::set<std::size_t> out;
  for (std::size_t at = 0; at < nodes_.size(); ++at) {
    if (nodes_[at]->is_up() && awake_at_[at] <= time_.now()) {
      out.insert(at);
    }
  }
  return out;
}

seed_outcome sim_directories::run() {
  const auto start = time_.now();
  faults_end_ = start + span;
  checks_->shaken(start);
  plan_orders();
  if (with_faults_) {
    plan_faults();
  }
  run_until(faults_end_);
  calm_down();
  run_until(faults_end_ + calm);
  heal_all();
  run_until(time_.now() + heal_max);
  if (!failure_) {
    checks_->check_views(running());
  }
  run_until(time_.now() + 3 * directory_checks::lease);
  if (!failure_) {
    checks_->check_views(running());
    checks_->check_leader(running());
    checks_->check_plans(running());
  }
  return {.seed = seed_,
          .failure = failure_.value_or(""),
          .fault = faults_,
          .nodes = nodes_.size(),
          .events = time_.tasks_run(),
          .trace_hash = hash_,
          .virtual_ms = elapsed_ms(),
          .ended = checks_->epochs_begun()};
}

} // namespace troupe
