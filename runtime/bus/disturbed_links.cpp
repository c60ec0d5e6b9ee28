// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/disturbed_links.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

void disturbed_links::forget_those_over(time_point now) {
  std::erase_if(rules_, [&](const auto& entry) { return entry.second.is_over(now); });
}

bool disturbed_links::disturb(const node_ref& peer, const disturbance& what, time_point now) {
  forget_those_over(now);
  const bool is_known = rules_.contains(peer);
  if (what.does_nothing()) {
    if (is_known) {
      rules_[peer].what = {.until = now};
      forget_those_over(now);
    }
    return true;
  }
  if (!is_known && rules_.size() >= peers_max) {
    return false;
  }
  rules_[peer].what = what;
  all_over_ = std::max(all_over_, what.until);
  return true;
}

disturbed_links::fate disturbed_links::arrived(const origin& from, lane way, frame& data,
                                               time_point now) {
  if (all_over_ <= now) {
    forget_those_over(now);
  }
  const auto found = rules_.find(from.node);
  if (found == rules_.end()) {
    return fate::passes;
  }
  auto& mine = found->second;
  const auto what = mine.what.until > now ? mine.what : disturbance{};
  points_.set(fault::lose, what.lost_per_million);
  if (points_.fires(fault::lose)) {
    return fate::lost;
  }
  // Those that are due and still held go first.
  if (what.delay <= duration{0} && mine.held == 0) {
    return fate::passes;
  }
  points_.count(fault::delay);
  mine.last_due = std::max(now + what.delay, mine.last_due);
  ++mine.held;
  bytes_ += data.head.size() + data.bulk.size();
  held_.emplace(mine.last_due, held_frame{from, way, std::move(data)});
  return fate::held;
}

std::optional<disturbed_links::held_frame> disturbed_links::take_due(time_point now) {
  if (held_.empty() || (held_.begin()->first > now && !is_full())) {
    return std::nullopt;
  }
  auto first = std::move(held_.begin()->second);
  held_.erase(held_.begin());
  bytes_ -= first.data.head.size() + first.data.bulk.size();
  if (const auto of = rules_.find(first.from.node); of != rules_.end()) {
    --of->second.held;
    if (of->second.is_over(now)) {
      rules_.erase(of);
    }
  }
  return first;
}

std::optional<time_point> disturbed_links::next_due() const {
  if (held_.empty()) {
    return std::nullopt;
  }
  return is_full() ? time_point::min() : held_.begin()->first;
}

} // namespace troupe
