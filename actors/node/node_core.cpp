// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/node/node_core.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace troupe {

namespace {

std::string text_of(const order& what) {
  switch (what.act) {
    case slot_act::restart:
      return "restart slot " + what.slot;
    case slot_act::kill:
      return "kill slot " + what.slot;
    case slot_act::edit:
      break;
  }
  return (what.run ? "run slot " : "stop slot ") + what.slot
         + (what.want.roles.empty() ? "" : " as " + what.want.roles);
}

// Sorts as epochs do, between those of equally long numbers.
std::string text_of(const leadership& what) {
  char leader[40];
  std::snprintf(leader, sizeof leader, " of %016llx-%016llx",
                static_cast<unsigned long long>(what.leader.node.value),
                static_cast<unsigned long long>(what.leader.life.value));
  return std::to_string(what.number) + leader;
}

} // namespace

node_core::node_core(node_config config, node_ref self, launcher& launch)
    : config_(std::move(config)), self_(self), launch_(launch) {
}

void node_core::want(const std::string& name, const slot_config& what, context& cx) {
  auto& which = slots_[name];
  which.want = what;
  group_of(name, which).add(name);
  settle(name, which, cx);
  report(cx);
}

void node_core::start_slot(const std::string& name, slot& which, context& cx) {
  auto started = launch_.start(name, which.want);
  if (!started) {
    which.last_end = started.err().text;
    which.phase = slot_phase::stopped;
    if (!which.is_temporary) {
      handle_death(name, which, cx);
      settle(name, which, cx);
    }
    return;
  }
  which.pid = *started;
  which.started = cx.now;
  which.kill_ordered = false;
  which.phase = slot_phase::running;
}

void node_core::settle(const std::string& name, slot& which, context& cx) {
  const bool wanted = which.run && !stopping_ && which.gave_up.empty();
  switch (which.phase) {
    case slot_phase::stopped:
    case slot_phase::backing_off:
      if (!wanted) {
        which.phase = slot_phase::stopped;
      } else if (which.start_at > cx.now || is_clearing(group_of(name, which))) {
        which.phase = slot_phase::backing_off;
      } else {
        start_slot(name, which, cx);
      }
      break;
    case slot_phase::starting:
    case slot_phase::running:
      if (!wanted) {
        which.phase = slot_phase::stopping;
        launch_.stop(which.pid);
      }
      break;
    case slot_phase::stopping:
      break;
  }
}

void node_core::on_exit(std::int64_t pid, const process_end& how, context& cx) {
  const auto found = std::ranges::find_if(
      slots_, [&](const auto& entry) { return pid != 0 && entry.second.pid == pid; });
  if (found == slots_.end()) {
    return;
  }
  auto& [name, which] = *found;
  const bool unasked = which.phase == slot_phase::running || which.phase == slot_phase::starting;
  which.phase = slot_phase::stopped;
  which.last_end = how.how;
  if (unasked && !stopping_) {
    died(name, which, how, cx);
  }
  which.pid = 0;
  if (which.is_temporary) {
    spawned_ended(std::string(name), unasked, cx);
  } else {
    resume(group_of(name, which), cx);
  }
  report(cx);
}

void node_core::stop_all(context& cx) {
  stopping_ = true;
  for (auto& [name, which] : slots_) {
    settle(name, which, cx);
  }
}

bool node_core::all_stopped() const {
  return std::ranges::all_of(
      slots_, [](const auto& entry) { return entry.second.phase == slot_phase::stopped; });
}

void node_core::refuse(const order& what, error why, context& cx) {
  const auto found = slots_.find(what.slot);
  if (!what.who.empty()) {
    audit(config_.log, what.who, text_of(what), "refused: " + why.text);
  }
  cx.out.respond(*cx.from,
                 order_refused{.slot = what.slot,
                               .current = found == slots_.end() ? 0 : found->second.generation,
                               .why = std::move(why)});
}

void node_core::done(const order& what, std::uint64_t generation, context& cx) {
  if (!what.who.empty()) {
    audit(config_.log, what.who, text_of(what),
          "done, generation " + std::to_string(generation) + ", epoch " + text_of(epoch_));
  }
  cx.out.respond(*cx.from, order_done{.slot = what.slot, .generation = generation});
  report(cx);
}

void node_core::on(const order& what, context& cx) {
  const leadership by{what.epoch, what.leader};
  if (by < epoch_ && !config_.obeys_older_epochs) {
    refuse(what, {.code = errors::stale_epoch, .text = "a newer planner leads"}, cx);
    return;
  }
  if (by.number > leadership::number_max) {
    refuse(what, {.code = errc::invalid_value, .text = "no leader has an epoch of such a number"},
           cx);
    return;
  }
  if (what.node != self_.life) {
    refuse(what,
           {.code = errors::stale_epoch, .text = "the order is for a former life of this node"},
           cx);
    return;
  }
  epoch_ = by;
  const auto found = slots_.find(what.slot);
  const auto current = found == slots_.end() ? 0 : found->second.generation;
  if (what.expected_generation != current) {
    refuse(what,
           {.code = errc::invalid_value, .text = "the slot has changed since", .retryable = true},
           cx);
  } else if (what.act != slot_act::edit) {
    end_process(what, cx);
  } else if (found == slots_.end() && slots_.size() >= config_.slots_max) {
    refuse(what, {.code = errc::overloaded, .text = "the node has no slot left"}, cx);
  } else {
    edit(what, cx);
  }
}

void node_core::end_process(const order& what, context& cx) {
  const auto found = slots_.find(what.slot);
  const bool gave_up = found != slots_.end() && !found->second.gave_up.empty();
  const bool begins = gave_up && what.act == slot_act::restart && found->second.run;
  if (found == slots_.end() || (found->second.phase != slot_phase::running && !begins)) {
    refuse(what, {.code = errc::invalid_value, .text = "the slot runs no process now"}, cx);
    return;
  }
  auto& which = found->second;
  ++which.generation;
  if (begins) {
    begin_anew(what.slot, which);
    resume(group_of(what.slot, which), cx);
  } else if (what.act == slot_act::kill) {
    which.kill_ordered = true;
    launch_.kill(which.pid);
  } else {
    which.phase = slot_phase::stopping; // Comes back when it has ended.
    launch_.stop(which.pid);
  }
  done(what, which.generation, cx);
}

void node_core::edit(const order& what, context& cx) {
  auto& which = slots_[what.slot];
  which.generation = what.expected_generation + 1;
  which.run = what.run;
  if (!which.gave_up.empty()) {
    begin_anew(what.slot, which);
  }
  const bool changed =
      !what.want.roles.empty()
      && (which.want.roles != what.want.roles || which.want.model != what.want.model
          || which.want.http_port != what.want.http_port || which.want.extra != what.want.extra);
  if (!what.want.roles.empty()) {
    leave_group(what.slot, which);
    which.want = what.want;
  }
  group_of(what.slot, which).add(what.slot);
  if (changed && which.phase == slot_phase::running) {
    which.phase = slot_phase::stopping; // Comes back with the new config when it has ended.
    launch_.stop(which.pid);
  } else {
    resume(group_of(what.slot, which), cx);
  }
  done(what, which.generation, cx);
}

void node_core::on(const plan_query&, context& cx) {
  if (!planners_.contains(cx.sender()) && planners_.size() < config_.planners_max) {
    planners_.insert(cx.sender());
    watches_.add(cx.sender(), cx.out);
  }
  cx.out.tell(cx.sender(), plan());
}

void node_core::on(const members& what, context& cx) {
  epoch_ = std::max(epoch_, leadership{what.epoch, what.leader});
  others_.apply(what);
  for (const auto& who : what.added) {
    spawned_is_member(who, cx);
  }
}

void node_core::on(const status_query&, context& cx) {
  status_report result{.actor = "node@" + config_.name};
  for (const auto& [name, which] : slots_) {
    result.facts.push_back({name, which.gave_up.empty()
                                      ? "pid " + std::to_string(which.pid) + ", restarts "
                                            + std::to_string(which.restarts) + ", "
                                            + which.want.roles
                                      : "gave up: " + which.gave_up});
  }
  cx.out.respond(*cx.from, std::move(result));
}

void node_core::on_response(std::uint64_t, const delivery&, context&) {
}

void node_core::on_down(const actor_ref& who, const error&, context& cx) {
  watches_.gone(who);
  planners_.erase(who);
  owner_down(who, cx);
}

void node_core::tick(context& cx) {
  const auto due = next_wake();
  if (!due || *due > cx.now) {
    return;
  }
  for (const auto& [key, group] : groups_) {
    resume(group, cx);
  }
  report(cx);
}

std::optional<time_point> node_core::next_wake() const {
  std::optional<time_point> soonest;
  for (const auto& [name, which] : slots_) {
    if (which.phase == slot_phase::backing_off && !waits_for_others(name, which)) {
      soonest = soonest ? std::min(*soonest, which.start_at) : which.start_at;
    }
  }
  return soonest;
}

std::map<std::string, slot_stats> node_core::stats() const {
  std::map<std::string, slot_stats> all;
  for (const auto& [name, which] : slots_) {
    all[name] = {which.phase == slot_phase::running, which.restarts, !which.gave_up.empty()};
  }
  return all;
}

void node_core::check_invariants() const {
  TROUPE_CHECK(slots_.size() <= config_.slots_max);
  TROUPE_CHECK(planners_.size() <= config_.planners_max);
  TROUPE_CHECK(others_.node_count() <= limits::members_max);
  TROUPE_CHECK(spawns_.size() <= slots_.size());
  crashes_.check_invariants();
  for (const auto& [name, which] : slots_) {
    const bool has_process =
        which.phase == slot_phase::running || which.phase == slot_phase::stopping;
    TROUPE_CHECK(has_process == (which.pid != 0));
    TROUPE_CHECK(which.gave_up.empty() || which.phase != slot_phase::running);
  }
}

void node_core::report(context& cx) {
  for (const auto& planner : planners_) {
    cx.out.tell(planner, plan());
  }
}

plan_report node_core::plan() const {
  plan_report result{.node = self_, .epoch = epoch_.number, .leader = epoch_.leader};
  for (const auto& [name, which] : slots_) {
    result.slots.push_back({.slot = name,
                            .generation = which.generation,
                            .phase = which.phase,
                            .want = which.want,
                            .pid = which.pid,
                            .restarts = which.restarts,
                            .last_end = which.last_end.substr(0, text_bytes_max),
                            .gave_up = which.gave_up.substr(0, 1024)});
  }
  return result;
}

} // namespace troupe
