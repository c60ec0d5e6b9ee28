// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_cluster.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr std::uint64_t directory_node = 1;
constexpr std::uint64_t stores_seed = 0x73746f726573ULL;

} // namespace

sim_cluster::sim_cluster(const simulation_options& options, const mutant_switches& mutants,
                         std::uint64_t seed)
    : sim_scene(mutants, seed),
      options_(options),
      store_faults_(mix64(seed, stores_seed)),
      records_(time_) {
  place_.endless = draws_.below(2) == 0;
  place_.seeds = {sim_network::endpoint_of({directory_node})};
  place_.faults = &store_faults_;
  set_up_stores(seed);
  place_.keys = options.keys ? std::make_shared<const sim_keys>() : nullptr;
  // Bulk takes its time, so that faults meet transfers on the way.
  network_.set_delay(lane::bulk, {.least = 500us, .spread = 20ms, .bytes_per_s = 150'000});
  network_.set_delay(lane::control, {.least = 100us, .spread = 4ms});
  add("control", node_role::agent | node_role::directory | node_role::planner);
  add("front", node_role::gateway | node_role::router);
  add("prefill-1", node_role::prefill);
  add("prefill-2", node_role::prefill);
  add("decode-1", node_role::decode);
  add("decode-2", node_role::decode);
  add("cache", node_role::cache);
}

void sim_cluster::after_all() {
  if (gateway().is_up() && gateway().charged() > 0) {
    fail("an attempt failed by the request's own fault (property 5)");
  }
}

void sim_cluster::plan_requests() {
  for (auto& request :
       draw_requests(options_, the_sim_model(), time_.now() + 1s, busy_at_, draws_.fork(1))) {
    time_.at(request.at, [this, request] {
      if (!gateway().is_up()) {
        return;
      }
      clients_.submitted(request);
      gateway().submit(request.id, request.what);
    });
    if (request.patience > 0s) {
      time_.at(request.at + request.patience, [this, who = request.id] { give_up(who); });
    }
  }
}

void sim_cluster::leave(client_id who) {
  time_.at(time_.now(), [this, who] { give_up(who); });
}

void sim_cluster::give_up(client_id who) {
  if (clients_.left(who)) {
    gateway().client_gone(who, [this, who] { clients_.gateway_knows(who); });
  }
}

void sim_cluster::stall(client_id who) {
  time_.at(time_.now(), [this, who] {
    if (clients_.is_live(who)) {
      gateway().set_client_window(who, false);
    }
  });
  time_.at(time_.now() + 700ms, [this, who] {
    if (clients_.is_live(who)) {
      clients_.resumed(who);
      gateway().set_client_window(who, true);
    }
  });
}

seed_outcome sim_cluster::run() {
  const auto start = time_.now();
  const auto span_ms = static_cast<std::uint64_t>(options_.span / 1ms);
  busy_at_ = start + 3s + duration{1ms} * draws_.below(span_ms - 5000);
  naps_end_ = start + options_.span;
  plan_requests();
  if (options_.faults) {
    plan_fault();
  }
  for (std::size_t at = 0; at < nodes_.size(); ++at) {
    plan_naps(at, draws_.fork(100 + at));
  }
  run_until(start + options_.span);
  network_.heal_all();
  store_faults_.silence();
  wait_for_quiet();
  const auto& front = gateway();
  return {.seed = seed_,
          .failure = failure_.value_or(""),
          .fault = fault_,
          .nodes = nodes_.size(),
          .events = time_.tasks_run(),
          .trace_hash = hash_,
          .virtual_ms = elapsed_ms(),
          .ended = clients_.count_of_ended(),
          .left = clients_.count_of_left(),
          .lost = clients_.count_of_lost(),
          .replaced = front.is_up() ? front.replaced() : 0,
          .accepted_tokens = clients_.accepted_tokens(),
          .embedded = clients_.count_of_embedded(),
          .faults = store_faults_.counts()};
}

std::string sim_cluster::find_unquiet() {
  if (auto open = clients_.unfinished(); !open.empty()) {
    return open;
  }
  for (std::size_t at = 0; at < nodes_.size(); ++at) {
    const auto& node = *nodes_[at];
    if (!node.is_up()) {
      return node.name() + " is down";
    }
    if (auto left = node.unquiet(); !left.empty()) {
      return left;
    }
    idle_seen_[at] = idle_seen_[at] || node.is_bus_idle();
    if (!idle_seen_[at]) {
      return node.name() + ": its bus still carries messages or requests";
    }
  }
  return {};
}

std::string sim_cluster::find_view_error() const {
  for (const auto& router : nodes_) {
    for (const auto& owner : nodes_) {
      if ((router->roles() & node_role::router) != 0
          && (owner->roles() & (node_role::worker | node_role::cache)) != 0) {
        if (auto what = router->view_error(*owner); !what.empty()) {
          return what;
        }
      }
    }
  }
  return {};
}

void sim_cluster::wait_for_quiet() {
  idle_seen_.assign(nodes_.size(), false);
  const auto deadline = time_.now() + settle_max;
  std::string left = "not looked at";
  while (!failure_ && !left.empty() && time_.now() < deadline) {
    const auto next = time_.now() + 100ms;
    run_until(next);
    left = find_unquiet();
  }
  if (!left.empty()) {
    fail("not quiet: " + left + " (property 3)");
    return;
  }
  const auto settled = time_.now() + 5s;
  run_until(settled);
  if (auto what = find_view_error(); !what.empty()) {
    fail(what);
  }
}

} // namespace troupe
