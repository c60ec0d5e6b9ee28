// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/disturbed_links.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

bool disturbed_links::disturb(const node_ref& peer, const disturbance& what, time_point now) {
  std::erase_if(rules_, [&](const auto& entry) {
    return entry.second.what.until <= now && entry.second.last_due <= now;
  });
  const auto found = rules_.find(peer);
  if (found == rules_.end() && (what.does_nothing() || rules_.size() >= peers_max)) {
    return what.does_nothing();
  }
  auto& mine = found == rules_.end() ? rules_[peer] : found->second;
  mine.what = what;
  if (what.does_nothing()) {
    mine.what.until = now;
  }
  return true;
}

disturbed_links::fate disturbed_links::arrived(const origin& from, lane way, frame& data,
                                               time_point now) {
  const auto found = rules_.find(from.node);
  if (found == rules_.end()) {
    return fate::passes;
  }
  auto& mine = found->second;
  const bool is_over = mine.what.until <= now;
  if (is_over && mine.last_due <= now) {
    rules_.erase(found);
    return fate::passes;
  }
  points_.set(fault::lose, is_over ? 0 : mine.what.lost_per_million);
  if (points_.fires(fault::lose)) {
    return fate::lost;
  }
  const auto due = std::max(now + (is_over ? duration{0} : mine.what.delay), mine.last_due);
  if (due <= now) {
    return fate::passes;
  }
  points_.count(fault::delay);
  mine.last_due = due;
  bytes_ += data.head.size() + data.bulk.size();
  held_.emplace(due, held_frame{from, way, std::move(data)});
  return fate::held;
}

std::optional<disturbed_links::held_frame> disturbed_links::take_due(time_point now) {
  if (held_.empty() || (held_.begin()->first > now && !is_full())) {
    return std::nullopt;
  }
  auto first = std::move(held_.begin()->second);
  held_.erase(held_.begin());
  bytes_ -= first.data.head.size() + first.data.bulk.size();
  return first;
}

std::optional<time_point> disturbed_links::next_due() const {
  if (held_.empty()) {
    return std::nullopt;
  }
  return is_full() ? time_point::min() : held_.begin()->first;
}

} // namespace troupe
