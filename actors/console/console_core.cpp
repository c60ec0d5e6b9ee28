// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/console/console_core.hpp"

#include "actors/core/answer.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

console_core::console_core(console_config config, console_port& port)
    : config_(std::move(config)), port_(port) {
  view_.self = config_.self;
  if (config_.refresh_every > duration{0}) {
    refresh_at_ = time_point{};
  }
}

void console_core::ask(std::vector<console_question> what, duration timeout, answers_call done,
                       context& cx) {
  auto all = std::make_shared<round>(round{.answers = std::vector<console_answer>(what.size()),
                                           .missing = what.size(),
                                           .begun = cx.now,
                                           .done = std::move(done)});
  if (what.empty()) {
    all->done({});
    return;
  }
  if (open_.size() + what.size() > config_.questions_max) {
    for (auto& one : all->answers) {
      one.why = {.code = errc::overloaded, .text = "too many questions are open; wait for them"};
    }
    all->done(std::move(all->answers));
    return;
  }
  for (std::size_t i = 0; i < what.size(); ++i) {
    const auto request = cx.out.request_any(what[i].to, std::move(what[i].what), cx.now + timeout);
    open_[request] = {.of = all, .index = i, .node = {}};
  }
}

void console_core::on_response(std::uint64_t request, const delivery& answer, context& cx) {
  const auto found = open_.find(request);
  if (found == open_.end()) {
    return;
  }
  const auto asked = std::move(found->second);
  open_.erase(found);
  if (asked.of == nullptr) {
    if (const auto* report = answer.body.as<node_report>()) {
      take_report(asked.node, *report, cx.now);
    }
    return;
  }
  asked.of->answers[asked.index] = {
      .body = answer.body, .why = answer.why, .took = cx.now - asked.of->begun};
  if (--asked.of->missing == 0) {
    asked.of->done(std::move(asked.of->answers));
  }
}

void console_core::take_report(const node_ref& of, const node_report& what, time_point now) {
  const auto found = view_.nodes.find(of);
  if (found == view_.nodes.end()) {
    return;
  }
  auto& node = found->second;
  const std::chrono::duration<double> passed = now - reported_at_[of];
  for (const auto& actor : what.actors) {
    const auto before = std::ranges::find(node.report.actors, actor.actor, &actor_info::actor);
    const bool has_before = before != node.report.actors.end() && passed.count() > 0;
    node.handled_per_s[actor.actor] =
        has_before ? static_cast<double>(actor.handled - before->handled) / passed.count() : 0;
  }
  node.report = what;
  reported_at_[of] = now;
  publish();
}

void console_core::on(const members& what, context& cx) {
  for (const auto& gone : what.removed) {
    const auto found = view_.nodes.find(gone);
    if (found == view_.nodes.end()) {
      continue;
    }
    const auto name = found->second.who.name;
    view_.plans.erase(name);
    reported_at_.erase(gone);
    lost_.erase(gone);
    view_.nodes.erase(found);
    happened("node_left", name, "", cx);
  }
  for (const auto& who : what.added) {
    const auto known = view_.nodes.find(who.node);
    if (known == view_.nodes.end() && view_.nodes.size() >= limits::members_max) {
      continue;
    }
    // A peer whose link came up before it was told of as a member has no services yet.
    const bool is_new = known == view_.nodes.end() || known->second.who.services.empty();
    view_.nodes[who.node].who = who;
    if (is_new && who.node != config_.self) {
      reach(who, cx);
      if (!is_first_) {
        happened("node_joined", who.name, "", cx);
      }
    }
  }
  is_first_ = is_first_ && what.added.empty();
  publish();
}

// Watching an actor opens the link by which the node names its admin.
void console_core::reach(const member& who, context& cx) {
  for (const auto& service : who.services) {
    cx.out.monitor(service.actor);
    if (service.role == service_role::node) {
      cx.out.tell(service.actor, plan_query{});
    }
  }
}

void console_core::on_peer_up(const peer_up& who, context&) {
  const auto named = who.named.find("admin");
  const auto found = view_.nodes.find(who.node);
  if (named == who.named.end()) {
    return;
  }
  if (found == view_.nodes.end() && view_.nodes.size() >= limits::members_max) {
    return;
  }
  auto& node = view_.nodes[who.node];
  node.admin = named->second;
  if (node.who.name.empty()) {
    node.who = {.node = who.node, .name = who.name, .endpoints = who.endpoints};
  }
  refresh_at_ = refresh_at_ ? std::optional(time_point{}) : std::nullopt;
  // The other side may have called: then nobody has asked in this session yet.
  if (lost_.contains(who.node)) {
    relink_at_ = time_point{};
  }
  publish();
}

void console_core::on_peer_down(const peer_down& who, context& cx) {
  const auto found = view_.nodes.find(who.node);
  if (found == view_.nodes.end() || !found->second.admin) {
    return;
  }
  found->second.admin.reset();
  lost_.insert(who.node);
  relink_at_ = cx.now + config_.relink_after;
  happened("link_lost", found->second.who.name, who.why.text, cx);
  publish();
}

void console_core::on(const plan_report& what, context& cx) {
  const auto found = view_.nodes.find(cx.sender().node);
  if (found == view_.nodes.end()) {
    return;
  }
  const auto& name = found->second.who.name;
  if (const auto before = view_.plans.find(name); before != view_.plans.end()) {
    compare(name, before->second, what, cx);
  }
  view_.plans[name] = what;
  publish();
}

void console_core::compare(const std::string& node, const plan_report& before,
                           const plan_report& now, context& cx) {
  for (const auto& slot : now.slots) {
    const auto old = std::ranges::find(before.slots, slot.slot, &slot_report::slot);
    if (old == before.slots.end()) {
      happened("slot_added", slot.slot, slot.want.roles + " on " + node, cx);
    } else if (slot.restarts != old->restarts) {
      happened("slot_died", slot.slot,
               slot.last_end + ", restarts " + std::to_string(slot.restarts), cx);
    } else if (slot.pid != old->pid && slot.pid != 0) {
      happened("slot_started", slot.slot, "pid " + std::to_string(slot.pid), cx);
    } else if (slot.pid != old->pid) {
      happened("slot_ended", slot.slot, slot.last_end, cx);
    }
  }
}

void console_core::on(const trace_events& what, context& cx) {
  port_.traced(cx.sender(), what);
}

void console_core::on(const status_query&, context& cx) {
  answer(cx.out, *cx.from,
         status_report{.actor = "shell@" + config_.name,
                       .facts = {{"nodes", std::to_string(view_.nodes.size())},
                                 {"questions", std::to_string(open_.size())}}});
}

void console_core::on_down(const actor_ref& who, const error&, context& cx) {
  if (view_.nodes.contains(who.node)) {
    lost_.insert(who.node);
    relink_at_ = cx.now + config_.relink_after;
  }
}

void console_core::refresh(context& cx) {
  for (const auto& [ref, node] : view_.nodes) {
    if (node.admin && open_.size() < config_.questions_max) {
      const auto request = cx.out.request(*node.admin, node_query{}, cx.now + config_.answer_time);
      open_[request] = {.of = nullptr, .index = 0, .node = ref};
    }
  }
}

void console_core::tick(context& cx) {
  if (refresh_at_ && *refresh_at_ <= cx.now) {
    refresh_at_ = cx.now + config_.refresh_every;
    refresh(cx);
  }
  if (relink_at_ && *relink_at_ <= cx.now) {
    relink_at_.reset();
    for (const auto& [ref, node] : view_.nodes) {
      if ((!node.admin || lost_.contains(ref)) && ref != config_.self) {
        reach(node.who, cx);
      }
    }
    std::erase_if(lost_, [&](const node_ref& one) {
      const auto found = view_.nodes.find(one);
      return found == view_.nodes.end() || found->second.admin;
    });
  }
}

std::optional<time_point> console_core::next_wake() const {
  if (refresh_at_ && relink_at_) {
    return std::min(*refresh_at_, *relink_at_);
  }
  return refresh_at_ ? refresh_at_ : relink_at_;
}

void console_core::happened(std::string what, std::string subject, std::string detail,
                            context& cx) {
  port_.happened({cx.now, std::move(what), std::move(subject), std::move(detail)});
}

void console_core::publish() {
  port_.see(std::make_shared<const console_view>(view_));
}

void console_core::check_invariants() const {
  TROUPE_CHECK(open_.size() <= config_.questions_max);
  TROUPE_CHECK(view_.nodes.size() <= limits::members_max);
  TROUPE_CHECK(lost_.size() <= view_.nodes.size());
}

} // namespace troupe
