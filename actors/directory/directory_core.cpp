// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/directory/directory_core.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

directory_core::directory_core(directory_config config, time_point now)
    : config_(std::move(config)), mature_at_(now + config_.lease) {
}

void directory_core::on(const join& what, context& cx) {
  epoch_seen_ = std::max(epoch_seen_, what.epoch_seen);
  const auto& node = what.me.node;
  if (!entries_.contains(node) && entries_.size() >= config_.members_max) {
    cx.out.respond(*cx.from, error{.code = errc::overloaded,
                                   .text = "the directory is full ("
                                           + std::to_string(config_.members_max) + " members)"});
    return;
  }
  // A process that came back under its name replaces its former life.
  std::vector<node_ref> former;
  for (const auto& [other, kept] : entries_) {
    if (other.node == node.node && other.life != node.life) {
      former.push_back(other);
    }
  }
  for (const auto& gone : former) {
    cx.out.demonitor(entries_.at(gone).agent);
    entries_.erase(gone);
  }
  if (!entries_.contains(node)) {
    cx.out.monitor(cx.sender());
  }
  entries_[node] = {.who = what.me, .agent = cx.sender(), .lease_until = cx.now + config_.lease};
  cx.out.tell(cx.sender(),
              joined{.epoch = epoch_,
                     .lease_ms = static_cast<std::uint32_t>(
                         std::chrono::milliseconds(
                             std::chrono::duration_cast<std::chrono::milliseconds>(config_.lease))
                             .count())});
  publish({what.me}, std::move(former), cx);
}

void directory_core::on(const renew& what, context& cx) {
  epoch_seen_ = std::max(epoch_seen_, what.epoch_seen);
  const auto found = entries_.find(what.node);
  if (found == entries_.end()) {
    cx.out.tell(cx.sender(), rejoin{.epoch = epoch_});
    return;
  }
  found->second.lease_until = cx.now + config_.lease;
}

void directory_core::on(const leave& what, context& cx) {
  remove(what.node, cx);
}

void directory_core::on(const watch&, context& cx) {
  if (!watchers_.contains(cx.sender())) {
    if (watchers_.size() >= config_.watchers_max) {
      return;
    }
    watchers_.insert(cx.sender());
    cx.out.monitor(cx.sender());
  }
  cx.out.tell(cx.sender(), everybody());
}

void directory_core::on(const status_query&, context& cx) {
  status_report report{.actor = "directory@" + config_.name};
  report.facts.push_back({"epoch", std::to_string(epoch_)});
  report.facts.push_back({"members", std::to_string(entries_.size())});
  report.facts.push_back({"watchers", std::to_string(watchers_.size())});
  cx.out.respond(*cx.from, std::move(report));
}

void directory_core::on_response(std::uint64_t, const delivery&, context&) {
}

void directory_core::on_down(const actor_ref& who, const error&, context& cx) {
  watchers_.erase(who);
  const auto found =
      std::ranges::find_if(entries_, [&](const auto& e) { return e.second.agent == who; });
  if (found != entries_.end()) {
    remove(found->first, cx);
  }
}

void directory_core::tick(context& cx) {
  if (epoch_ == 0 && cx.now >= mature_at_) {
    epoch_ = epoch_seen_ + 1;
    for (const auto& watcher : watchers_) {
      cx.out.tell(watcher, everybody());
    }
  }
  std::vector<node_ref> silent;
  for (const auto& [node, kept] : entries_) {
    if (kept.lease_until <= cx.now) {
      silent.push_back(node);
    }
  }
  for (const auto& node : silent) {
    remove(node, cx);
  }
}

std::optional<time_point> directory_core::next_wake() const {
  std::optional<time_point> soonest;
  if (epoch_ == 0) {
    soonest = mature_at_;
  }
  for (const auto& [node, kept] : entries_) {
    soonest = soonest ? std::min(*soonest, kept.lease_until) : kept.lease_until;
  }
  return soonest;
}

void directory_core::check_invariants() const {
  TROUPE_CHECK(entries_.size() <= config_.members_max);
  TROUPE_CHECK(watchers_.size() <= config_.watchers_max);
  for (const auto& [node, kept] : entries_) {
    TROUPE_CHECK(node == kept.who.node);
  }
}

void directory_core::remove(const node_ref& node, context& cx) {
  // Copied: the caller's reference may live in the entry that goes.
  const auto gone = node;
  const auto found = entries_.find(gone);
  if (found == entries_.end()) {
    return;
  }
  cx.out.demonitor(found->second.agent);
  entries_.erase(found);
  publish({}, {gone}, cx);
}

void directory_core::publish(std::vector<member> added, std::vector<node_ref> removed,
                             context& cx) {
  ++version_;
  const members news{.epoch = epoch_,
                     .version = version_,
                     .full = false,
                     .added = std::move(added),
                     .removed = std::move(removed)};
  for (const auto& watcher : watchers_) {
    cx.out.tell(watcher, news);
  }
}

members directory_core::everybody() const {
  members all{.epoch = epoch_, .version = version_, .full = true};
  for (const auto& [node, kept] : entries_) {
    all.added.push_back(kept.who);
  }
  return all;
}

} // namespace troupe
