// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/worker/peers.hpp"

#include "runtime/base/hash.hpp"

#include <algorithm>

namespace troupe {

namespace {

std::uint64_t weight(const actor_ref& shard, block_name head) {
  const auto who = mix64(mix64(shard.node.node.value, shard.node.life.value), shard.actor);
  return mix64(mix64(head.value.high, head.value.low), who);
}

} // namespace

std::vector<actor_ref> peers::on(const members& what) {
  const auto before = listeners_;
  if (what.full) {
    nodes_.clear();
  }
  for (const auto& node : what.removed) {
    nodes_.erase(node);
  }
  for (const auto& member : what.added) {
    if (nodes_.size() >= limits::members_max && !nodes_.contains(member.node)) {
      continue;
    }
    auto& known = nodes_[member.node] = {};
    for (const auto& service : member.services) {
      if (service.role == service_role::router || service.role == service_role::planner) {
        known.listeners.push_back(service.actor);
      } else if (service.role == service_role::cache_shard) {
        known.shards.push_back(service.actor);
      }
    }
  }
  listeners_.clear();
  shards_.clear();
  for (const auto& [node, known] : nodes_) {
    listeners_.insert(listeners_.end(), known.listeners.begin(), known.listeners.end());
    shards_.insert(shards_.end(), known.shards.begin(), known.shards.end());
  }
  std::vector<actor_ref> fresh;
  for (const auto& who : listeners_) {
    if (std::ranges::find(before, who) == before.end()) {
      fresh.push_back(who);
    }
  }
  return fresh;
}

std::optional<actor_ref> peers::shard_for(block_name head) const {
  if (shards_.empty()) {
    return std::nullopt;
  }
  return *std::ranges::max_element(shards_, {},
                                   [&](const actor_ref& shard) { return weight(shard, head); });
}

} // namespace troupe
