// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_scene.hpp"

#include "runtime/base/hash.hpp"

namespace troupe {

namespace {

std::uint64_t nanoseconds(time_point when) {
  return static_cast<std::uint64_t>(when.time_since_epoch().count());
}

} // namespace

sim_scene::sim_scene(const mutant_switches& mutants, std::uint64_t seed)
    : draws_(seed),
      network_(time_, time_, draws_()),
      clients_(the_sim_model(), {.fail = [this](const std::string& what) { fail(what); },
                                 .leave = [this](client_id who) { leave(who); },
                                 .stall = [this](client_id who) { stall(who); },
                                 .trace = [this](std::uint64_t a, std::uint64_t b) { trace(a, b); },
                                 .told =
                                     [this](client_id who) {
                                       told(who);
                                     }}),
      place_{.time = time_,
             .network = network_,
             .clients = clients_,
             .mutants = mutants,
             .seed = draws_(),
             .fail =
                 [this](const std::string& what) {
                   fail(what);
                 }},
      seed_(seed) {
}

void sim_scene::add(const std::string& name, node_roles roles) {
  nodes_.push_back(std::make_unique<sim_node>(place_, node_id{nodes_.size() + 1}, name, roles));
  awake_at_.push_back(time_.now());
}

void sim_scene::fail(const std::string& what) {
  if (!failure_) {
    failure_ = "at " + std::to_string(elapsed_ms()) + " ms: " + what;
  }
}

void sim_scene::trace(std::uint64_t a, std::uint64_t b) {
  hash_ = mix64(hash_, mix64(a, b));
}

void sim_scene::settle() {
  for (bool again = true; again;) {
    again = false;
    for (std::size_t at = 0; at < nodes_.size(); ++at) {
      const auto ran = time_.now() < awake_at_[at] ? 0 : nodes_[at]->run();
      if (ran > 0) {
        again = true;
        trace(nodes_[at]->id().value, ran);
        after_node();
      }
    }
  }
  after_all();
}

void sim_scene::run_until(time_point end) {
  time_.at(end, [] {});
  settle();
  while (!failure_ && time_.next() && *time_.next() <= end) {
    time_.step();
    trace(nanoseconds(time_.now()), time_.tasks_run());
    settle();
  }
}

} // namespace troupe
