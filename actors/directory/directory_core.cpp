// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/directory/directory_core.hpp"

#include "actors/directory/certified_services.hpp"
#include "runtime/base/check.hpp"
#include "runtime/codec/codec.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t watchers_many = 32;
constexpr duration refusals_told_every = 1s;
constexpr duration news_gather = 20ms; ///< For many watchers.

std::uint32_t milliseconds_of(duration time) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

bool has_directory(const member& who) {
  return std::ranges::any_of(who.services,
                             [](const service& s) { return s.role == service_role::directory; });
}

} // namespace

directory_core::directory_core(directory_config config, time_point now)
    : config_(std::move(config)),
      election_(config_.self, {config_.lease, config_.store == nullptr ? config_.lease / 8 : 1s},
                now, config_.mutants),
      awake_at_(now),
      told_at_(now - news_gather),
      store_heard_at_(now) {
}

// It asks to be woken four times a lease: later than that, it did not run, and what it has not
// heard meanwhile says nothing.
void directory_core::awake(context& cx) {
  const auto since = std::exchange(awake_at_, std::max(awake_at_, cx.now));
  if (cx.now - since > config_.lease / 2 && !config_.mutants.asleep_removes) {
    excuse(since, cx);
  }
}

void directory_core::excuse(time_point since, context& cx) {
  for (auto& [node, kept] : entries_) {
    kept.lease_until = std::max(kept.lease_until, cx.now + config_.lease);
  }
  election_.excuse(since, cx.now);
}

// While the store is silent nobody can be heard through it.
void directory_core::excuse_store(context& cx) {
  if (config_.store == nullptr || cx.now - store_heard_at_ <= config_.lease / 2) {
    return;
  }
  for (auto& [node, kept] : entries_) {
    if (!kept.agent) {
      kept.lease_until = std::max(kept.lease_until, cx.now + config_.lease);
    }
  }
  election_.excuse(store_heard_at_, cx.now);
}

void directory_core::hear(const node_ref& who, const leadership& seen, bool holds_lease,
                          context& cx) {
  if (election_.hear(who, seen, holds_lease, cx.now) && !election_.is_young(cx.now)) {
    publish({}, {}, cx);
  }
}

joined directory_core::grant(time_point now) const {
  joined out{.lease_ms = milliseconds_of(config_.lease)};
  if (!election_.is_young(now)) {
    out.epoch = election_.highest().number;
    out.leader = election_.highest().leader;
  }
  return out;
}

bool directory_core::admit(const member& who, const actor_ref& agent, time_point lease_until,
                           context& cx) {
  const auto& node = who.node;
  const auto known = entries_.find(node);
  // A process that came back under its name replaces its former life.
  std::vector<node_ref> former;
  for (const auto& [other, kept] : entries_) {
    if (other.node == node.node && other.life != node.life) {
      former.push_back(other);
    }
  }
  if (known == entries_.end() && entries_.size() - former.size() >= config_.members_max) {
    return false;
  }
  for (const auto& gone : former) {
    let_go(entries_.at(gone).agent, cx);
    entries_.erase(gone);
  }
  auto& kept = entries_[node];
  const bool is_news = known == entries_.end() || !former.empty() || !same_fields(kept.who, who);
  if (kept.agent && kept.agent != agent) {
    let_go(kept.agent, cx);
    kept.is_watched = false;
  } else if (!kept.agent.is_same_in_session(agent)) {
    kept.is_watched = false; // The watch ended with its session, though that is not told yet.
  }
  kept.who = who;
  // A member stays one when its link breaks, so what is told of it must not die with a session.
  for (auto& each : kept.who.services) {
    each.actor.session = 0;
  }
  kept.agent = agent;
  kept.lease_until = lease_until;
  if (agent && !std::exchange(kept.is_watched, true)) {
    cx.out.monitor(agent);
  }
  if (is_news) {
    publish({kept.who}, std::move(former), cx);
  }
  return true;
}

// Nobody speaks for another node: not of its life, not of its actors.
bool directory_core::speaks_for_itself(const join& what, context& cx) {
  return what.me.node == cx.sender().node
         && std::ranges::all_of(what.me.services, [&](const service& each) {
              return each.actor.node == what.me.node;
            });
}

bool directory_core::may_offer(const join& what, context& cx) {
  auto fine = check_services(what.me, cx.from->sender_roles);
  if (fine) {
    return true;
  }
  ++services_refused_;
  if (config_.refused && (!refusal_told_at_ || cx.now >= *refusal_told_at_ + refusals_told_every)) {
    refusal_told_at_ = cx.now;
    config_.refused(what.me, fine.err(), std::exchange(unsaid_refusals_, 0));
  } else {
    ++unsaid_refusals_;
  }
  if (cx.from->what == delivery::kind::request) {
    cx.out.respond(*cx.from, std::move(fine).err());
  }
  return false;
}

void directory_core::on(const join& what, context& cx) {
  awake(cx);
  if (!speaks_for_itself(what, cx) || !may_offer(what, cx)) {
    return;
  }
  const leadership seen{what.epoch_seen, what.leader_seen};
  hear(what.me.node, seen, what.holds_lease, cx);
  if (!admit(what.me, cx.sender(), cx.now + config_.lease, cx)) {
    cx.out.respond(*cx.from, error{.code = errc::overloaded,
                                   .text = "the directory is full ("
                                           + std::to_string(config_.members_max) + " members)"});
    return;
  }
  post(what.me.node, seen, what.holds_lease);
  cx.out.tell(cx.sender(), grant(cx.now));
}

void directory_core::post(const node_ref& who, const leadership& seen, bool holds_lease) {
  if (config_.store != nullptr) {
    config_.store->post({.me = entries_.at(who).who,
                         .epoch_seen = seen.number,
                         .leader_seen = seen.leader,
                         .holds_lease = holds_lease});
  }
}

void directory_core::observe(const std::vector<join>& records, bool in_time, context& cx) {
  awake(cx);
  excuse_store(cx);
  if (in_time) {
    store_heard_at_ = cx.now;
  }
  for (const auto& one : records) {
    observe_one(one, cx);
  }
}

void directory_core::observe_one(const join& what, context& cx) {
  hear(what.me.node, {what.epoch_seen, what.leader_seen}, what.holds_lease, cx);
  // Who has a link here says so itself, and a record cannot replace it.
  const auto says_itself = [&](const auto& e) {
    return e.first.node == what.me.node.node && e.second.agent;
  };
  if (std::ranges::none_of(entries_, says_itself)) {
    admit(what.me, {}, cx.now + config_.store_lease, cx);
  }
}

void directory_core::on(const renew& what, context& cx) {
  awake(cx);
  if (what.node != cx.sender().node) {
    return;
  }
  const leadership seen{what.epoch_seen, what.leader_seen};
  hear(what.node, seen, what.holds_lease, cx);
  const auto found = entries_.find(what.node);
  if (found == entries_.end() || found->second.agent != cx.sender()) {
    const auto now = grant(cx.now);
    cx.out.tell(cx.sender(), rejoin{.epoch = now.epoch, .leader = now.leader});
    return;
  }
  found->second.lease_until = std::max(found->second.lease_until, cx.now + config_.lease);
  post(what.node, seen, what.holds_lease);
  cx.out.tell(cx.sender(), grant(cx.now));
}

void directory_core::on(const leave& what, context& cx) {
  awake(cx);
  const auto found = entries_.find(what.node);
  if (found != entries_.end() && found->second.agent == cx.sender()) {
    remove(what.node, cx);
  }
}

void directory_core::on(const watch&, context& cx) {
  awake(cx);
  const auto known = watchers_.find(cx.sender());
  if (known == watchers_.end() || !known->is_same_in_session(cx.sender())) {
    watchers_.erase(cx.sender());
    if (watchers_.size() >= config_.watchers_max) {
      return;
    }
    watchers_.insert(cx.sender());
    cx.out.monitor(cx.sender());
  }
  cx.out.tell(cx.sender(), everybody(cx.now));
}

void directory_core::on(const status_query&, context& cx) {
  awake(cx);
  status_report report{.actor = "directory@" + config_.name};
  const auto& epoch = election_.highest();
  const auto leader = entries_.find(epoch.leader);
  report.facts.push_back({"epoch", std::to_string(epoch.number)});
  report.facts.push_back({"state", election_.leads()            ? "leads"
                                   : election_.is_young(cx.now) ? "young"
                                                                : "follows"});
  report.facts.push_back({"leader", leader == entries_.end() ? "-" : leader->second.who.name});
  report.facts.push_back({"members", std::to_string(entries_.size())});
  report.facts.push_back({"watchers", std::to_string(watchers_.size())});
  cx.out.respond(*cx.from, std::move(report));
}

void directory_core::on_response(std::uint64_t, const delivery&, context&) {
}

void directory_core::on_down(const actor_ref& who, const error&, context& cx) {
  awake(cx);
  // The end of an earlier session may be told after what came by the next one.
  if (const auto watcher = watchers_.find(who);
      watcher != watchers_.end() && watcher->is_same_in_session(who)) {
    watchers_.erase(watcher);
  }
  const auto found = std::ranges::find_if(
      entries_, [&](const auto& e) { return e.second.agent.is_same_in_session(who); });
  if (found != entries_.end()) {
    found->second.is_watched = false;
    found->second.lease_until = std::min(found->second.lease_until, cx.now + config_.linger);
  }
}

void directory_core::tick(context& cx) {
  awake(cx);
  excuse_store(cx);
  settle_election(cx);
  std::vector<node_ref> silent;
  for (const auto& [node, kept] : entries_) {
    if (kept.lease_until <= cx.now && !config_.mutants.lease_unchecked) {
      silent.push_back(node);
    }
  }
  for (const auto& node : silent) {
    ++leases_expired_;
    remove(node, cx);
  }
  if (tell_at_ && *tell_at_ <= cx.now) {
    tell_news(cx);
  }
}

void directory_core::settle_election(context& cx) {
  if (election_.advance(rank(), cx.now)) {
    ++epochs_begun_;
    publish({}, {}, cx);
  }
  if (was_young_ && !election_.is_young(cx.now) && election_.highest().number != 0) {
    was_young_ = false;
    publish_everybody(cx);
  }
}

// Of the directories that are members, those with smaller names go first; before one of a single
// process all of them, and the processes with smaller names.
std::size_t directory_core::rank() const {
  const auto goes_first = [&](const auto& e) {
    const bool is_directory = has_directory(e.second.who);
    const bool is_smaller = e.first < config_.self;
    return e.first != election_.highest().leader
           && (config_.is_private ? is_directory || is_smaller : is_directory && is_smaller);
  };
  return static_cast<std::size_t>(std::ranges::count_if(entries_, goes_first));
}

std::optional<time_point> directory_core::next_wake() const {
  auto soonest = std::min(awake_at_ + config_.lease / 4, election_.next(rank()));
  // Also afterwards: another event may have come first at that time.
  if (was_young_ && (election_.mature_at() > awake_at_ || election_.highest().number != 0)) {
    soonest = std::min(soonest, election_.mature_at());
  }
  soonest = std::min(soonest, tell_at_.value_or(time_point::max()));
  for (const auto& [node, kept] : entries_) {
    soonest = config_.mutants.lease_unchecked ? soonest : std::min(soonest, kept.lease_until);
  }
  return soonest;
}

directory_stats directory_core::stats() const {
  return {.members = entries_.size(),
          .watchers = watchers_.size(),
          .epoch = election_.highest().number,
          .leads = election_.leads(),
          .epochs_begun = epochs_begun_,
          .leases_expired = leases_expired_,
          .services_refused = services_refused_};
}

void directory_core::check_invariants() const {
  TROUPE_CHECK(entries_.size() <= config_.members_max);
  TROUPE_CHECK(watchers_.size() <= config_.watchers_max);
  TROUPE_CHECK(!election_.leads() || config_.mutants.keeps_leading
               || election_.highest().leader == config_.self);
  for (const auto& [node, kept] : entries_) {
    TROUPE_CHECK(node == kept.who.node);
    TROUPE_CHECK(!kept.is_watched || kept.agent);
  }
}

// The agent may watch too; then its end is still of interest.
void directory_core::let_go(const actor_ref& agent, context& cx) {
  if (agent && !watchers_.contains(agent)) {
    cx.out.demonitor(agent);
  }
}

void directory_core::remove(const node_ref& node, context& cx) {
  // Copied: the caller's reference may live in the entry that goes.
  const auto gone = node;
  const auto found = entries_.find(gone);
  if (found == entries_.end()) {
    return;
  }
  if (found->second.is_watched) {
    let_go(found->second.agent, cx);
  }
  if (config_.store != nullptr && found->second.agent) {
    config_.store->withdraw(gone);
  }
  entries_.erase(found);
  publish({}, {gone}, cx);
}

void directory_core::stamp(members& what, time_point now) const {
  what.version = version_;
  if (!election_.is_young(now) || config_.mutants.young_speaks) {
    what.epoch = election_.highest().number;
    what.leader = election_.highest().leader;
  }
}

void directory_core::publish(std::vector<member> added, std::vector<node_ref> removed,
                             context& cx) {
  const bool is_epoch = added.empty() && removed.empty();
  for (const auto& gone : removed) {
    added_.erase(gone);
    removed_.insert(gone);
  }
  for (auto& who : added) {
    removed_.erase(who.node);
    added_[who.node] = std::move(who);
  }
  const auto due = told_at_ + news_gather;
  const bool fits = added_.size() + removed_.size() < config_.members_max;
  if (!is_epoch && fits && watchers_.size() >= watchers_many && cx.now < due) {
    tell_at_ = due;
  } else {
    tell_news(cx);
  }
}

void directory_core::tell_news(context& cx) {
  ++version_;
  members news;
  for (auto& [node, who] : added_) {
    news.added.push_back(std::move(who));
  }
  news.removed.assign(removed_.begin(), removed_.end());
  added_.clear();
  removed_.clear();
  tell_at_.reset();
  told_at_ = cx.now;
  stamp(news, cx.now);
  tell_watchers(std::move(news), cx);
}

void directory_core::publish_everybody(context& cx) {
  tell_watchers(everybody(cx.now), cx);
}

void directory_core::tell_watchers(members what, context& cx) {
  const auto shared = message::of(std::move(what));
  for (const auto& watcher : watchers_) {
    cx.out.tell_any(watcher, shared);
  }
}

members directory_core::everybody(time_point now) const {
  members all{.full = true};
  for (const auto& [node, kept] : entries_) {
    all.added.push_back(kept.who);
  }
  stamp(all, now);
  return all;
}

} // namespace troupe
