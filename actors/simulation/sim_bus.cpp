// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_bus.hpp"

#include "messages/registry.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/codec/type_entry.hpp"

#include <algorithm>
#include <array>

namespace troupe {

namespace {

constexpr duration faults_for = 40s;
constexpr duration cuts_for = 8s;  ///< After the other faults.
constexpr duration heal_max = 2s;  ///< Until all views are equal.
constexpr duration talks_on = 3s;  ///< After that.
constexpr duration quiet_for = 9s; ///< Until nothing is left and one leads.
constexpr std::size_t talkers_of_node = 2;
constexpr std::uint64_t tasks_max = 1'000'000; ///< Of one seed; usual are 20,000.

template <class... Newer>
using sim_types = message_list<join, joined, renew, rejoin, leave, watch, members, order,
                               order_done, order_refused, talk, talk_state, talk_free, talk_ask,
                               talk_answer, talk_bulk, Newer...>;

const type_table& table() {
  static const type_table all = make_table(sim_types<talk_newer>{});
  return all;
}

const type_table& older_table() {
  static const type_table all = make_table(sim_types<>{});
  return all;
}

template <class T, std::size_t N>
T one_of(rng& draws, const std::array<T, N>& all) {
  return all[draws.below(N)];
}

bus_limits draw_limits(rng& draws) {
  bus_limits out;
  out.control_window_bytes = one_of(draws, std::array<std::size_t, 3>{16'384, 65'536, 8U << 20U});
  out.bulk_window_bytes = one_of(draws, std::array<std::size_t, 3>{32'768, 262'144, 64U << 20U});
  out.chunk_bytes = one_of(draws, std::array<std::size_t, 3>{1000, 6000, 4U << 20U});
  out.heartbeat = draws.below(8) == 0 ? 200ms : 500ms;
  return out;
}

talk_habits draw_habits(rng& draws) {
  talk_habits out;
  out.gap = one_of(draws, std::array<duration, 3>{200ms, 400ms, 800ms});
  out.padding_max = one_of(draws, std::array<std::size_t, 3>{40, 600, 4000});
  out.attachment_max = one_of(draws, std::array<std::size_t, 2>{2000, 20'000});
  out.hold_max = one_of(draws, std::array<duration, 2>{50ms, 900ms});
  return out;
}

} // namespace

sim_bus::sim_bus(const simulation_options& options, const mutant_switches& mutants,
                 std::uint64_t seed)
    : seed_(seed),
      draws_(mix64(seed, 0xb05)),
      network_(time_, time_, draws_()),
      points_(draws_()),
      habits_(draw_habits(draws_)),
      talks_([this](const std::string& what) { fail(what); }),
      place_{.time = time_,
             .network = network_,
             .types = table(),
             .limits = draw_limits(draws_),
             .links = mutants.links,
             .directory = mutants.directory,
             .seed = draws_(),
             .with_agents = true},
      allowed_(options.faults ? options.kinds : fault_set()) {
  network_.set_delay(
      lane::control,
      {.least = 100us, .spread = one_of(draws_, std::array<duration, 3>{200us, 4ms, 40ms})});
  network_.set_delay(lane::bulk, {.least = 150us, .spread = 5ms});
  add_nodes();
}

sim_bus::~sim_bus() {
  network_.set_faults(nullptr);
}

void sim_bus::add_nodes() {
  const auto directories = 1 + draws_.below(3);
  const auto nodes = 5 + draws_.below(3);
  const auto named = draws_.below(2) == 0 ? directories : 1;
  for (std::uint64_t at = 1; at <= named; ++at) {
    place_.seeds.push_back(sim_network::endpoint_of({at}));
  }
  if (mix64(seed_, 0x01d) % 2 == 0) {
    place_.older_types.emplace(node_id{nodes}, older_table());
  }
  directory_checks::nodes all;
  for (std::uint64_t at = 1; at <= nodes; ++at) {
    const bool is_directory = at <= directories;
    players_.push_back(
        {.node = std::make_unique<light_node>(
             place_, node_id{at}, (is_directory ? "directory-" : "node-") + std::to_string(at),
             is_directory),
         .awake_at = time_.now(),
         .touched_at = time_.now(),
         .muted_at = time_.now()});
    all.push_back(players_.back().node.get());
  }
  members_.emplace(std::move(all), place_.seeds.size(),
                   [this](const std::string& what) { fail(what); });
  for (std::size_t at = 0; at < players_.size(); ++at) {
    start(at);
  }
}

void sim_bus::start(std::size_t which) {
  auto& player = players_[which];
  player.talkers.clear();
  player.node->set_on_peer_down([this, which](const peer_down& what) { peer_left(which, what); });
  player.node->start([&](light_node& node) {
    talks_.born(node.self());
    for (std::size_t at = 0; at < talkers_of_node; ++at) {
      (void)add_talker(which);
    }
    announce(which);
  });
}

actor_ref sim_bus::add_talker(std::size_t which) {
  auto& player = players_[which];
  const auto who = player.node->reserve();
  auto made = std::make_unique<talker>(*player.node, who, talks_, habits_, draws_());
  player.talkers.emplace_back(who, made.get());
  player.node->put(who, std::move(made));
  return who;
}

void sim_bus::announce(std::size_t which) {
  std::vector<service> all;
  for (const auto& [who, talks] : players_[which].talkers) {
    all.push_back({.role = service_role::gateway, .actor = who});
  }
  players_[which].node->announce(std::move(all));
}

void sim_bus::replace_talker() {
  const auto which = draw_node();
  auto& player = players_[which];
  if (!player.node->is_up() || player.talkers.empty()) {
    return;
  }
  const auto at =
      player.talkers.begin() + static_cast<std::ptrdiff_t>(draws_.below(player.talkers.size()));
  const auto gone = at->first;
  player.talkers.erase(at);
  player.node->end(gone);
  (void)add_talker(which);
  announce(which);
}

void sim_bus::every(duration least, duration most, time_point end, void (sim_bus::*what)()) {
  time_.at(time_.now() + draw_time(least, most), [this, least, most, end, what] {
    if (time_.now() < end) {
      (this->*what)();
      every(least, most, end, what);
    }
  });
}

void sim_bus::order() {
  const auto by = draw_node();
  const auto to = draw_node();
  if (players_[by].node->is_up() && players_[to].node->is_up()) {
    players_[by].node->order_of(*players_[to].node);
  }
}

void sim_bus::hush() {
  habits_.talks = false;
}

void sim_bus::note(const std::string& what) {
  faults_ += (faults_.empty() ? "" : "; ") + what + " at " + std::to_string(time_.elapsed() / 1ms);
}

void sim_bus::fail(const std::string& what) {
  if (!failure_) {
    failure_ = "at " + std::to_string(time_.elapsed() / 1ms) + " ms: " + what;
  }
}

void sim_bus::settle() {
  for (std::size_t at = 0; at < place_.due.size(); ++at) {
    auto& node = *place_.due[at];
    const auto which = static_cast<std::size_t>(node.id().value - 1);
    if (time_.now() < players_[which].awake_at) {
      continue; // Due again when it wakes.
    }
    if (node.run()) {
      members_->after_event(which, time_.now());
    }
    if (node.is_up()) {
      check_credit(node);
    }
  }
  place_.due.clear();
}

void sim_bus::run_until(time_point end) {
  time_.at(end, [] {});
  settle();
  while (!failure_ && time_.next() && *time_.next() <= end) {
    time_.step();
    settle();
    if (time_.tasks_run() > tasks_max) {
      fail("more than " + std::to_string(tasks_max) + " events: something never comes to rest");
    }
    hash_ = mix64(hash_, static_cast<std::uint64_t>(time_.now().time_since_epoch().count()));
  }
}

void sim_bus::run_phase(time_point end, void (sim_bus::*then)()) {
  if (!failure_) {
    run_until(end);
  }
  if (!failure_) {
    (this->*then)();
  }
}

std::set<std::size_t> sim_bus::running() const {
  std::set<std::size_t> out;
  for (std::size_t at = 0; at < players_.size(); ++at) {
    if (players_[at].node->is_up() && players_[at].awake_at <= time_.now()) {
      out.insert(at);
    }
  }
  return out;
}

seed_outcome sim_bus::run() {
  const auto begun = time_.now();
  faults_end_ = begun + faults_for;
  talk_end_ = faults_end_ + cuts_for + heal_max + talks_on;
  members_->shaken(begun);
  draw_faults();
  every(200ms, 900ms, talk_end_, &sim_bus::order);
  every(1s, 6s, talk_end_, &sim_bus::replace_talker);
  every(249ms, 251ms, talk_end_ + quiet_for, &sim_bus::check_halves);
  run_phase(faults_end_, &sim_bus::calm_down);
  run_phase(faults_end_ + cuts_for, &sim_bus::heal_all);
  run_phase(faults_end_ + cuts_for + heal_max, &sim_bus::check_views);
  run_phase(talk_end_, &sim_bus::hush);
  run_phase(talk_end_ + quiet_for, &sim_bus::check_quiet);
  for (std::size_t at = 0; at < fault_count; ++at) {
    hash_ = mix64(hash_, points_.counts()[at]);
  }
  return {.seed = seed_,
          .failure = failure_.value_or(""),
          .fault = faults_,
          .nodes = players_.size(),
          .events = time_.tasks_run(),
          .trace_hash = mix64(hash_, talks_.messages()),
          .virtual_ms = static_cast<std::uint64_t>(time_.elapsed() / 1ms),
          .ended = members_->epochs_begun(),
          .messages = talks_.messages(),
          .faults = points_.counts()};
}

} // namespace troupe
