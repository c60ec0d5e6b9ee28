// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/router/expected_blocks.hpp"

#include <algorithm>

namespace troupe {

bool expected_blocks::expect(block_name name, time_point now) {
  if (until_.size() >= count_max_ && !until_.contains(name)) {
    return false;
  }
  const auto when = now + ttl_;
  until_[name] = when;
  ends_.push_back({when, name});
  if (ends_.size() > 4 * std::max<std::size_t>(until_.size(), 64)) {
    drop_stale_ends();
  }
  return true;
}

void expected_blocks::clear() {
  until_.clear();
  ends_.clear();
}

void expected_blocks::expire(time_point now) {
  for (; !ends_.empty() && ends_.front().when <= now; ends_.pop_front()) {
    const auto found = until_.find(ends_.front().name);
    if (found != until_.end() && found->second <= now) {
      until_.erase(found);
    }
  }
}

bool expected_blocks::has(block_name name, time_point now) const {
  const auto found = until_.find(name);
  return found != until_.end() && found->second > now;
}

std::optional<time_point> expected_blocks::next_expiry() const {
  return ends_.empty() ? std::nullopt : std::optional{ends_.front().when};
}

void expected_blocks::drop_stale_ends() {
  std::erase_if(ends_, [this](const end& e) {
    const auto found = until_.find(e.name);
    return found == until_.end() || found->second != e.when;
  });
}

} // namespace troupe
