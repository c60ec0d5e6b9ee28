// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/membership/membership_core.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

const service* directory_of(const member& who) {
  const auto found = std::ranges::find(who.services, service_role::directory, &service::role);
  return found == who.services.end() ? nullptr : &*found;
}

constexpr duration lease_min = 10ms;

} // namespace

membership_core::membership_core(membership_config config, member me, membership_port& port)
    : config_(std::move(config)),
      me_(std::move(me)),
      port_(port),
      views_(me_.node, config_.mutants.young_speaks ? 0s : config_.settle, config_.grace),
      reconnect_after_(config_.reconnect_min) {
}

void membership_core::add_listener(const actor_ref& who, context& cx) {
  listeners_.push_back(who);
  members all{.epoch = epoch_.number, .version = version_, .full = true, .leader = epoch_.leader};
  for (const auto& [node, known] : views_.known()) {
    all.added.push_back(known);
  }
  cx.out.tell(who, std::move(all));
}

void membership_core::set_me(member me, context& cx) {
  me_ = std::move(me);
  for (auto& [who, to] : links_) {
    say_join(to, cx);
  }
}

void membership_core::on_directory(const actor_ref& who, context& cx) {
  const auto found = links_.find(who);
  if (found != links_.end() && found->second.directory.session == who.session) {
    return;
  }
  if (found == links_.end() && links_.size() >= config_.directories_max) {
    return;
  }
  auto& to = links_[who];
  to = {.directory = who, .granted_at = time_point::min()};
  views_.directory_up(who, cx.now);
  cx.out.monitor(who);
  say_join(to, cx);
  cx.out.tell(who, watch{});
}

void membership_core::say_join(link& to, context& cx) {
  cx.out.tell(to.directory, join{.me = me_,
                                 .epoch_seen = epoch_.number,
                                 .leader_seen = epoch_.leader,
                                 .holds_lease = holds_lease(cx.now)});
  to.renew_at = cx.now + to.lease / 3;
}

bool membership_core::holds_lease(time_point now) const {
  return std::ranges::any_of(links_, [&](const auto& each) {
    const auto& [who, by] = each;
    return who.node == epoch_.leader && by.granted_at != time_point::min()
           && now < by.granted_at + by.lease;
  });
}

void membership_core::accept(const leadership& what, context& cx) {
  const bool is_higher = what.number != 0 && what.number <= leadership::number_max && what > epoch_;
  if (is_higher || (config_.mutants.epoch_unchecked && what.number != 0 && what != epoch_)) {
    epoch_ = what;
    tell_listeners({}, cx);
  }
}

void membership_core::granted(link& by, const leadership& seen, std::uint32_t lease_ms,
                              context& cx) {
  by.granted_at = cx.now;
  by.lease = std::max<duration>(std::chrono::milliseconds(lease_ms), lease_min);
  by.renew_at = std::min(by.renew_at, cx.now + by.lease / 3);
  accept(seen, cx);
}

void membership_core::on(const joined& what, context& cx) {
  const auto found = links_.find(cx.sender());
  if (found != links_.end()) {
    granted(found->second, {what.epoch, what.leader}, what.lease_ms, cx);
  }
}

void membership_core::on(const rejoin& what, context& cx) {
  const auto found = links_.find(cx.sender());
  if (found != links_.end()) {
    found->second.granted_at = time_point::min();
    accept({what.epoch, what.leader}, cx);
    say_join(found->second, cx);
  }
}

void membership_core::on(const members& what, context& cx) {
  if (!links_.contains(cx.sender())) {
    return;
  }
  accept({what.epoch, what.leader}, cx);
  auto changed = views_.apply(cx.sender(), what, cx.now);
  members news;
  for (auto& who : changed.added) {
    port_.learn(who);
    if (directory_of(who) != nullptr && who.node != me_.node) {
      port_.connect_directory(who);
    }
    news.added.push_back(std::move(who));
  }
  for (const auto& who : changed.removed) {
    port_.unlearn(who);
    if (directory_of(who) != nullptr) {
      port_.forget_directory(who);
    }
    news.removed.push_back(who.node);
  }
  if (!news.added.empty() || !news.removed.empty()) {
    tell_listeners(std::move(news), cx);
  }
}

void membership_core::settle_views(context& cx) {
  members news;
  for (const auto& who : views_.settle(cx.now).removed) {
    port_.unlearn(who);
    if (directory_of(who) != nullptr) {
      port_.forget_directory(who);
    }
    news.removed.push_back(who.node);
  }
  if (!news.removed.empty()) {
    tell_listeners(std::move(news), cx);
  }
}

void membership_core::tell_listeners(members what, context& cx) {
  what.epoch = epoch_.number;
  what.leader = epoch_.leader;
  what.version = ++version_;
  for (const auto& listener : listeners_) {
    cx.out.tell(listener, what);
  }
}

void membership_core::on(const status_query&, context& cx) {
  status_report report{.actor = "membership@" + config_.name};
  report.facts.push_back({"joined", is_joined() ? "yes" : "no"});
  report.facts.push_back({"epoch", std::to_string(epoch_.number)});
  report.facts.push_back({"directories", std::to_string(links_.size())});
  for (const auto& [node, known] : views_.known()) {
    report.facts.push_back({known.name, std::to_string(known.services.size()) + " services"});
  }
  cx.out.respond(*cx.from, std::move(report));
}

void membership_core::on_response(std::uint64_t, const delivery&, context&) {
}

void membership_core::on_down(const actor_ref& who, const error&, context& cx) {
  const auto found = links_.find(who);
  // The end of an earlier session may be told after the next one is up.
  if (found == links_.end() || !who.is_same_in_session(found->second.directory)) {
    return;
  }
  links_.erase(found);
  views_.directory_down(who, cx.now);
  if (links_.empty() && config_.mutants.forgets_alone) {
    views_ = member_views(me_.node, config_.settle, config_.grace);
  }
  reconnect_after_ = config_.reconnect_min;
  reconnect_at_ = cx.now + reconnect_after_;
}

void membership_core::tick(context& cx) {
  for (auto& [who, to] : links_) {
    if (to.renew_at <= cx.now) {
      cx.out.tell(to.directory, renew{.node = me_.node,
                                      .epoch_seen = epoch_.number,
                                      .leader_seen = epoch_.leader,
                                      .holds_lease = holds_lease(cx.now)});
      to.renew_at = cx.now + to.lease / 3;
    }
  }
  if (views_.next() && *views_.next() <= cx.now) {
    settle_views(cx);
  }
  if (reconnect_at_ && *reconnect_at_ <= cx.now) {
    port_.connect_seeds(links_.empty());
    for (const auto& [node, who] : views_.known()) {
      const auto* its = directory_of(who);
      if (its != nullptr && node != me_.node && !links_.contains(its->actor)) {
        port_.connect_directory(who);
      }
    }
    reconnect_at_ = cx.now + reconnect_after_;
    reconnect_after_ = std::min(reconnect_after_ * 2, config_.reconnect_max);
  }
}

std::optional<time_point> membership_core::next_wake() const {
  auto soonest = reconnect_at_;
  const auto also = [&](time_point when) {
    soonest = soonest ? std::min(*soonest, when) : when;
  };
  for (const auto& [who, to] : links_) {
    also(to.renew_at);
  }
  if (views_.next()) {
    also(*views_.next());
  }
  return soonest;
}

bool membership_core::is_joined() const {
  return std::ranges::any_of(
      links_, [](const auto& each) { return each.second.granted_at != time_point::min(); });
}

bool membership_core::is_linked(const node_ref& directory) const {
  return std::ranges::any_of(links_,
                             [&](const auto& each) { return each.first.node == directory; });
}

membership_stats membership_core::stats() const {
  return {.members = views_.known().size(), .directories = links_.size(), .epoch = epoch_.number};
}

void membership_core::check_invariants() const {
  TROUPE_CHECK(links_.size() <= config_.directories_max);
  views_.check_invariants();
}

void membership_core::leave_now(context& cx) {
  for (const auto& [who, to] : links_) {
    cx.out.tell(to.directory, leave{.node = me_.node});
  }
}

} // namespace troupe
