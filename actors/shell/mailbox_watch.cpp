// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/shell/mailbox_watch.hpp"

#include <algorithm>

namespace troupe {

std::string name_of(event_kind what, const type_table& types) {
  switch (what) {
    case event_kinds::none:
      return {};
    case event_kinds::other:
      return "other";
    case event_kinds::failure:
      return "failure";
    case event_kinds::down:
      return "down";
    case event_kinds::posted:
      return "posted";
    case event_kinds::wake:
      return "wake";
    case event_kinds::start:
      return "start";
    default:
      break;
  }
  const auto* entry = types.find(what);
  return entry != nullptr ? std::string(entry->name) : "type " + std::to_string(what);
}

void mailbox_watch::date(std::uint64_t nth, bool was_empty, time_point now) {
  const auto at = now.time_since_epoch().count();
  if (was_empty) {
    waits_since_.store(at, std::memory_order_relaxed);
  }
  if (nth % sampled_every == 0) {
    auto& one = sample_of(nth);
    one.nth.store(std::numeric_limits<std::uint64_t>::max(), std::memory_order_relaxed);
    one.at.store(at, std::memory_order_release);
    one.nth.store(nth, std::memory_order_release);
  }
}

// Taken first: an arrival in between makes the mailbox longer, never negative.
std::uint64_t mailbox_watch::waiting() const {
  const auto taken = taken_.load();
  return std::max(arrived_.load(), taken) - taken;
}

std::uint64_t mailbox_watch::waiting(event_kind what) const {
  const auto taken = kinds_[what].taken.load();
  return std::max(kinds_[what].arrived.load(), taken) - taken;
}

std::optional<time_point> mailbox_watch::oldest_since() const {
  const auto next = taken_.load(); // Of the oldest, since a mailbox is a queue.
  if (arrived_.load() <= next) {
    return std::nullopt;
  }
  auto since = waits_since_.load(std::memory_order_relaxed);
  const auto dated = next - next % sampled_every;
  const auto& one = samples_[(dated / sampled_every) % samples];
  if (one.nth.load(std::memory_order_acquire) == dated) {
    since = std::max(since, one.at.load(std::memory_order_acquire));
  }
  return time_point(duration(since));
}

} // namespace troupe
