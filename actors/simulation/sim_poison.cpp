// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_poison.hpp"

#include "engine/core/witnessed_executor.hpp"
#include "messages/vocab/error_codes.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

namespace troupe {

namespace {

constexpr std::uint64_t control_node = 1;
constexpr duration settle_max = 60s;
/// A gateway that starts knows the others within this, and they it.
constexpr duration join_max = 2s;

} // namespace

sim_poison::sim_poison(const simulation_options& options, const mutant_switches& mutants,
                       std::uint64_t seed)
    : sim_scene(mutants, seed), options_(options) {
  place_.seeds = {sim_network::endpoint_of({control_node})};
  place_.launch = this;
  place_.dies_of = [this](const std::string& name, const engine::step_plan& plan) {
    return dies_of(name, plan);
  };
  network_.set_delay(lane::bulk, {.least = 500us, .spread = 20ms, .bytes_per_s = 150'000});
  network_.set_delay(lane::control, {.least = 100us, .spread = 4ms});
  add("control", node_role::agent | node_role::directory | node_role::planner);
  add("front-1", node_role::gateway | node_role::router);
  add("front-2", node_role::gateway | node_role::router);
  add("front-3", node_role::gateway);
  late_gateway().crash();
  add("prefill-1", node_role::prefill);
  add("decode-1", node_role::decode);
  add("decode-2", node_role::decode);
  add("decode-3", node_role::decode);
  for (auto at = gateways + 1; at < nodes_.size(); ++at) {
    const auto name = nodes_[at]->name();
    nodes_[0]->want(name, {.roles = "decode"}); // It runs already: the launcher takes it as it is.
  }
}

sim_node& sim_poison::node(const std::string& name) {
  return **std::ranges::find_if(nodes_, [&](const auto& one) { return one->name() == name; });
}

result<std::int64_t> sim_poison::start(const std::string& slot, const slot_config&) {
  pids_[slot] = ++last_pid_;
  time_.at(time_.now() + 1ms + duration{1us} * draws_.below(50'000), [this, slot] {
    if (auto& which = node(slot); !which.is_up()) {
      which.start();
    }
  });
  return last_pid_;
}

bool sim_poison::dies_of(const std::string& name, const engine::step_plan& plan) {
  std::vector<engine::witnessed_request> doing;
  engine::requests_of(plan, doing);
  process_end how{.how = "killed by signal 11", .signal = SIGSEGV};
  bool dies = false;
  for (const auto& one : doing) {
    how.dying.push_back({one.request, one.index});
    const auto found = doses_.find(one.request);
    dies = dies || (found != doses_.end() && one.index >= found->second.index);
  }
  if (!dies) {
    return false;
  }
  time_.at(time_.now() + duration{1us} * draws_.below(5000),
           [this, name, life = node(name).self(), how = std::move(how)] {
             if (node(name).is_up() && node(name).self() == life) {
               count_deaths(how);
               kill_node(name, how);
             }
           });
  return true;
}

void sim_poison::count_deaths(const process_end& of) {
  for (const auto& one : of.dying) {
    const auto found = doses_.find(one.request);
    if (found == doses_.end() || one.index < found->second.index) {
      continue;
    }
    auto& what = found->second;
    if (++what.deaths > what.deaths_max) {
      fail("request " + std::to_string(one.request.value.low)
           + (what.deaths_max == 0
                  ? " kills a worker though an equal one was condemned and word is "
                    "round (property 5)"
                  : " kills a third worker (property 5)"));
    }
  }
}

// The agent hears of it a little later, as the links do.
void sim_poison::kill_node(const std::string& name, process_end how) {
  auto& which = node(name);
  if (!which.is_up()) {
    return;
  }
  ++deaths_;
  how.life = which.self();
  which.crash();
  time_.at(time_.now() + duration{1us} * draws_.below(30'000),
           [this, pid = pids_.at(name), how = std::move(how)] { nodes_[0]->ended(pid, how); });
}

void sim_poison::submit(const sim_request& request, std::size_t gateway) {
  clients_.submitted(request);
  nodes_[gateway]->submit(request.id, request.what);
}

void sim_poison::plan_requests() {
  const auto start = time_.now() + 1s;
  const auto busy_at = start + 2s + duration{1ms} * draws_.below(3000);
  auto all = draw_requests(options_, the_sim_model(), start, busy_at, draws_.fork(1));
  last_client_ = all.size();
  const auto count = 1 + draws_.below(2);
  for (auto& request : all) {
    const auto gateway = 1 + static_cast<std::size_t>(draws_.below(gateways - 1));
    request.leaves_after = 0;
    request.stalls_after = 0;
    if (doses_.size() < count && request.patience == 0s && request.what->answers() == 1
        && request.at > busy_at - 1s && request.at < busy_at + 1s) {
      auto what = *request.what;
      const bool answers = what.pooling == pooling_kind::none;
      what.max_tokens = answers ? 50 : 1;
      what.stop_tokens.clear();
      request.what = std::make_shared<const prepared>(std::move(what));
      request.must_fail_with = errors::request_quarantined;
      const auto index = static_cast<std::uint32_t>(draws_.below(2) == 0 ? 0 : draws_.below(30));
      doses_[nodes_[gateway]->request_of(request.id)] = {
          .request = request,
          .index = answers ? index : 0, // It kills before it has made anything.
          .gateway = gateway,
          .is_first = true};
    }
    time_.at(request.at, [this, request, gateway] { submit(request, gateway); });
    if (request.patience > 0s) {
      time_.at(request.at + request.patience, [this, who = request.id, gateway] {
        if (clients_.left(who)) {
          nodes_[gateway]->client_gone(who, [this, who] { clients_.gateway_knows(who); });
        }
      });
    }
  }
  late_at_ = busy_at + duration{1ms} * draws_.below(8000);
  time_.at(late_at_, [this] { late_gateway().start(); });
}

void sim_poison::plan_kills() {
  for (auto left = draws_.below(4); left > 0; --left) {
    const auto which = gateways + 1 + draws_.below(nodes_.size() - gateways - 1);
    time_.at(time_.now() + 2s + duration{1us} * draws_.below(8'000'000), [this, which] {
      ++kills_;
      kill_node(nodes_[which]->name(), {.how = "killed by signal 9", .signal = SIGKILL});
    });
  }
}

void sim_poison::told(client_id who) {
  const auto found = doses_.find(nodes_[1]->request_of(who));
  if (found != doses_.end() && found->second.is_first) {
    plan_repeats(found->second);
  }
}

// Now and then its word cannot reach one of the others at once. When it can.
time_point sim_poison::cut_gateways(std::size_t home) {
  if (draws_.below(2) == 0) {
    return time_.now();
  }
  ++cuts_;
  const auto other =
      1 + (home - 1 + 1 + static_cast<std::size_t>(draws_.below(gateways - 1))) % gateways;
  const auto a = nodes_[home]->id();
  const auto b = nodes_[other]->id();
  time_.at(time_.now(), [this, a, b] {
    network_.cut_one_way(a, b);
    network_.cut_one_way(b, a);
  });
  const auto whole_at = time_.now() + 100ms + duration{1ms} * draws_.below(4000);
  time_.at(whole_at, [this, a, b] { network_.heal(a, b); });
  return whole_at;
}

void sim_poison::plan_repeats(const dose& of) {
  const auto whole_at = cut_gateways(of.gateway);
  if (may_repeat_early_ && draws_.below(2) == 0) {
    // Where word may not be yet it kills two more.
    may_repeat_early_ = false;
    const auto gateway = 1 + static_cast<std::size_t>(draws_.below(gateways - 1));
    repeat(of, time_.now() + 1ms + duration{1us} * draws_.below(300'000), gateway,
           gateway == of.gateway ? 0 : 2);
  }
  const auto round_at = whole_at + word_max;
  for (std::size_t gateway = 1; gateway < gateways; ++gateway) {
    repeat(of, round_at + duration{1us} * draws_.below(1'000'000), gateway, 0);
  }
  repeat(of, std::max(round_at, std::max(late_at_, time_.now()) + join_max), gateways, 0);
}

void sim_poison::repeat(const dose& of, time_point when, std::size_t gateway,
                        std::uint32_t deaths_max) {
  dose again{
      .request = of.request, .index = of.index, .gateway = gateway, .deaths_max = deaths_max};
  again.request.id = {++last_client_};
  again.request.at = when;
  ++waiting_;
  time_.at(when, [this, again] {
    --waiting_;
    doses_[nodes_[1]->request_of(again.request.id)] = again;
    submit(again.request, again.gateway);
  });
}

bool sim_poison::is_over() const {
  return waiting_ == 0 && clients_.unfinished().empty();
}

void sim_poison::check_end() {
  if (clients_.count_of_told() != doses_.size()) {
    fail(std::to_string(doses_.size() - clients_.count_of_told())
         + " poison requests did not end as quarantined");
  }
  for (std::size_t at = 1; at <= gateways; ++at) {
    if (nodes_[at]->is_up() && nodes_[at]->charged() > 0) {
      fail("an attempt failed by the request's own fault (property 5)");
    }
  }
  const auto& agent = *nodes_[0]->agent();
  const auto told = agent.crashes(time_.now()).crashes;
  if (told.size() != deaths_) {
    fail("the agent remembers " + std::to_string(told.size()) + " deaths instead of "
         + std::to_string(deaths_));
  }
  for (const auto& one : told) {
    if (one.proves && one.held.empty() && one.slot.starts_with("decode")) {
      fail("no gateway said which requests were on " + one.slot);
    }
  }
  for (const auto& [slot, is] : agent.stats()) {
    if (!is.running || is.gave_up) {
      fail(slot + " does not run");
    }
  }
}

seed_outcome sim_poison::run() {
  const auto start = time_.now();
  const auto settled = start + 1s;
  run_until(settled);
  plan_requests();
  plan_kills();
  run_until(start + options_.span);
  const auto deadline = time_.now() + settle_max;
  while (!failure_ && !is_over() && time_.now() < deadline) {
    const auto next = time_.now() + 100ms;
    run_until(next);
  }
  if (auto open = clients_.unfinished(); !open.empty()) {
    fail(open);
  }
  check_end();
  std::uint64_t replaced = 0;
  for (std::size_t at = 1; at <= gateways; ++at) {
    replaced += nodes_[at]->is_up() ? nodes_[at]->replaced() : 0;
  }
  return {.seed = seed_,
          .failure = failure_.value_or(""),
          .fault = std::to_string(doses_.size()) + " poisons, " + std::to_string(kills_)
                   + " kills, " + std::to_string(cuts_) + " cuts, " + std::to_string(deaths_)
                   + " deaths",
          .nodes = nodes_.size(),
          .events = time_.tasks_run(),
          .trace_hash = hash_,
          .virtual_ms = elapsed_ms(),
          .ended = clients_.count_of_ended(),
          .left = clients_.count_of_left(),
          .lost = clients_.count_of_lost(),
          .replaced = replaced,
          .accepted_tokens = clients_.accepted_tokens()};
}

} // namespace troupe
