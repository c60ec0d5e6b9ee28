// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/shell/actor_table.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

void actor_meter::add(const std::shared_ptr<trace_tap>& tap) {
  const std::lock_guard lock(mutex_);
  taps_.push_back(tap);
  is_traced_ = true;
}

void actor_table::add(std::uint64_t actor, std::string name,
                      const std::shared_ptr<actor_meter>& meter) {
  const std::lock_guard lock(mutex_);
  std::erase_if(rows_, [](const auto& entry) { return entry.second.meter.expired(); });
  rows_[actor] = {std::move(name), meter};
}

std::vector<actor_info> actor_table::list() {
  const std::lock_guard lock(mutex_);
  std::vector<actor_info> all;
  for (const auto& [actor, entry] : rows_) {
    const auto meter = entry.meter.lock();
    if (meter == nullptr || meter->ended || all.size() >= limits::node_actors_max) {
      continue;
    }
    // Handled first: an arrival in between makes the mailbox longer, never negative.
    const auto handled = meter->handled.load();
    all.push_back({.actor = actor,
                   .name = entry.name,
                   .mailbox = std::max(meter->arrived.load(), handled) - handled,
                   .handled = handled,
                   .sent = meter->sent.load(),
                   .busy_us = meter->busy_ns.load() / 1000});
  }
  return all;
}

std::shared_ptr<actor_meter> actor_table::find(std::uint64_t actor) {
  const std::lock_guard lock(mutex_);
  const auto found = rows_.find(actor);
  return found == rows_.end() ? nullptr : found->second.meter.lock();
}

} // namespace troupe
