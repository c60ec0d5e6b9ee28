// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/planner/planner_core.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t workers_max = 4096;

} // namespace

planner_core::planner_core(planner_config config) : config_(std::move(config)) {
}

void planner_core::on(const members& what, context& cx) {
  epoch_ = std::max(epoch_, leadership{what.epoch, what.leader});
  for (const auto& gone : what.removed) {
    std::erase_if(nodes_, [&](const auto& entry) { return entry.first.node == gone; });
    std::erase_if(workers_, [&](const auto& entry) { return entry.first.node == gone; });
  }
  for (const auto& who : what.added) {
    for (const auto& service : who.services) {
      if (service.role == service_role::node && !nodes_.contains(service.actor)) {
        auto& fresh = nodes_[service.actor];
        fresh.name = who.name;
        follow(service.actor, fresh, cx);
      }
    }
  }
}

void planner_core::follow(const actor_ref& who, node_view& which, context& cx) {
  which.is_up = true;
  cx.out.monitor(who);
  cx.out.tell(who, plan_query{});
}

void planner_core::on(const plan_report& what, context& cx) {
  if (const auto found = nodes_.find(cx.sender()); found != nodes_.end()) {
    found->second.plan = what;
    found->second.reported = true;
    epoch_ = std::max(epoch_, leadership{what.epoch, what.leader});
  }
}

void planner_core::on(const worker_report& what, context&) {
  if (workers_.contains(what.worker) || workers_.size() < workers_max) {
    workers_[what.worker] = what;
  }
}

std::map<actor_ref, planner_core::node_view>::const_iterator planner_core::home_of(
    const scale& what) const {
  const auto has = [&](const auto& entry) {
    return std::ranges::find(entry.second.plan.slots, what.slot, &slot_report::slot)
           != entry.second.plan.slots.end();
  };
  const auto found = std::ranges::find_if(nodes_, has);
  if (found != nodes_.end() || what.node.empty()) {
    return found != nodes_.end() ? found : nodes_.begin();
  }
  return std::ranges::find_if(nodes_,
                              [&](const auto& entry) { return entry.second.name == what.node; });
}

void planner_core::on(const scale& what, context& cx) {
  const auto home = home_of(what);
  const auto no = note(what, home == nodes_.end() ? "" : home->second.name, cx.now);
  const auto refuse = [&](error why) {
    note_outcome(no, why.text, 0);
    cx.out.respond(*cx.from, std::move(why));
  };
  if (pending_.size() >= config_.pending_max) {
    refuse({.code = errc::overloaded, .text = "too many orders wait", .retryable = true});
    return;
  }
  if (home == nodes_.end() || !home->second.reported) {
    refuse({.code = errors::no_worker,
            .text = what.node.empty()
                        ? "no node agent has reported yet; is one a member? see `troupe status`"
                        : "no node agent '" + what.node + "' has reported; see `troupe status`",
            .retryable = true});
    return;
  }
  const auto& slots = home->second.plan.slots;
  const auto slot = std::ranges::find(slots, what.slot, &slot_report::slot);
  const bool makes = what.act == slot_act::edit && what.run && !what.want.roles.empty();
  if (slot == slots.end() && !makes) {
    refuse({.code = errc::not_found,
            .text = "no slot '" + what.slot + "'; a new one needs roles",
            .field = "slot"});
    return;
  }
  const auto request =
      cx.out.request(home->first,
                     order{.epoch = epoch_.number,
                           .node = home->first.node.life,
                           .slot = what.slot,
                           .expected_generation = slot == slots.end() ? 0 : slot->generation,
                           .run = what.run,
                           .want = what.want,
                           .act = what.act,
                           .who = what.who,
                           .leader = epoch_.leader},
                     cx.now + config_.order_timeout);
  pending_[request] = {*cx.from, no};
}

std::uint64_t planner_core::note(const scale& what, const std::string& node, time_point now) {
  edits_.push_back({.no = ++last_edit_,
                    .at = now,
                    .what = {.who = what.who,
                             .node = node,
                             .slot = what.slot,
                             .act = what.act,
                             .run = what.run,
                             .roles = what.want.roles,
                             .outcome = "waiting"}});
  if (edits_.size() > limits::told_edits_max) {
    edits_.pop_front();
  }
  return last_edit_;
}

void planner_core::note_outcome(std::uint64_t no, std::string outcome, std::uint64_t generation) {
  const auto found = std::ranges::find(edits_, no, &past_edit::no);
  if (found != edits_.end()) {
    outcome.resize(std::min(outcome.size(), limits::operator_line_bytes_max));
    found->what.outcome = std::move(outcome);
    found->what.generation = generation;
  }
}

void planner_core::on(const edits_query&, context& cx) {
  edits_report told;
  for (auto it = edits_.rbegin(); it != edits_.rend(); ++it) {
    told.edits.push_back(it->what);
    told.edits.back().age_ms = static_cast<std::uint64_t>((cx.now - it->at) / 1ms);
  }
  cx.out.respond(*cx.from, std::move(told));
}

void planner_core::on_response(std::uint64_t request, const delivery& answer, context& cx) {
  const auto found = pending_.find(request);
  if (found == pending_.end()) {
    return;
  }
  const auto [asked, no] = std::move(found->second);
  pending_.erase(found);
  if (const auto* done = answer.body.as<order_done>()) {
    note_outcome(no, "done", done->generation);
    cx.out.respond(asked, *done);
  } else if (const auto* refused = answer.body.as<order_refused>()) {
    note_outcome(no, refused->why.text, 0);
    cx.out.respond(asked, *refused);
  } else {
    note_outcome(no, answer.why.text, 0);
    cx.out.respond(asked, answer.why);
  }
}

void planner_core::on(const status_query&, context& cx) {
  status_report report{.actor = "planner@" + config_.name};
  report.facts.push_back({"epoch", std::to_string(epoch_.number)});
  for (const auto& [ref, node] : nodes_) {
    for (const auto& slot : node.plan.slots) {
      report.facts.push_back(
          {node.name + "/" + slot.slot, slot.want.roles + " pid " + std::to_string(slot.pid)
                                            + " restarts " + std::to_string(slot.restarts)});
    }
  }
  for (const auto& [id, worker] : workers_) {
    report.facts.push_back({"worker " + std::to_string(id.node.node.value),
                            std::to_string(worker.running) + " running, "
                                + std::to_string(worker.waiting) + " waiting, "
                                + std::to_string(worker.free_blocks) + " of "
                                + std::to_string(worker.total_blocks) + " blocks free"});
  }
  cx.out.respond(*cx.from, std::move(report));
}

// A link may break and come back without anybody's noticing but its two ends.
void planner_core::on_down(const actor_ref& who, const error&, context& cx) {
  if (const auto found = nodes_.find(who); found != nodes_.end()) {
    auto& lost = found->second;
    lost.plan = {};
    lost.reported = false;
    lost.is_up = false;
    lost.retry_at = cx.now + config_.relink_after;
  }
}

bool planner_core::can_order(const node_ref& node) const {
  return std::ranges::any_of(
      nodes_, [&](const auto& entry) { return entry.first.node == node && entry.second.reported; });
}

void planner_core::tick(context& cx) {
  for (auto& [who, node] : nodes_) {
    if (!node.is_up && node.retry_at <= cx.now) {
      follow(who, node, cx);
    }
  }
}

std::optional<time_point> planner_core::next_wake() const {
  std::optional<time_point> soonest;
  for (const auto& [who, node] : nodes_) {
    if (!node.is_up) {
      soonest = soonest ? std::min(*soonest, node.retry_at) : node.retry_at;
    }
  }
  return soonest;
}

void planner_core::check_invariants() const {
  TROUPE_CHECK(pending_.size() <= config_.pending_max);
  TROUPE_CHECK(workers_.size() <= workers_max);
  TROUPE_CHECK(edits_.size() <= limits::told_edits_max);
}

} // namespace troupe
