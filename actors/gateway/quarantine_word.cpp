// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/quarantine_word.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

void quarantine_word::keep(const std::set<actor_ref>& there, std::uint64_t heard) {
  std::erase_if(peers_, [&](const auto& item) { return !there.contains(item.first); });
  for (const auto& who : there) {
    peers_.try_emplace(who, peer{.heard = heard});
  }
}

std::vector<actor_ref> quarantine_word::due(std::uint64_t last, time_point now) const {
  std::vector<actor_ref> out;
  for (const auto& [who, one] : peers_) {
    if (waits(one, last) && one.retry_at <= now) {
      out.push_back(who);
    }
  }
  return out;
}

void quarantine_word::asked(const actor_ref& who, std::uint64_t request, std::uint64_t last) {
  auto& one = peers_.at(who);
  one.request = request;
  one.asked = last;
}

bool quarantine_word::answered(std::uint64_t request, errc how, time_point now) {
  const auto found = std::ranges::find_if(
      peers_, [&](const auto& item) { return item.second.request == request; });
  if (request == 0 || found == peers_.end()) {
    return false;
  }
  auto& one = found->second;
  one.request = 0;
  if (how == errc::none) {
    one.heard = std::max(one.heard, one.asked);
    one.pause = duration{0};
    return true;
  }
  one.is_deaf = how == errc::unknown_type;
  one.pause = std::clamp(one.pause * 2, between_.least, between_.most);
  one.retry_at = now + one.pause;
  return true;
}

std::optional<time_point> quarantine_word::next_wake(std::uint64_t last) const {
  std::optional<time_point> soonest;
  for (const auto& [who, one] : peers_) {
    if (waits(one, last) && (!soonest || one.retry_at < *soonest)) {
      soonest = one.retry_at;
    }
  }
  return soonest;
}

void quarantine_word::check_invariants(std::uint64_t last) const {
  for (const auto& [who, one] : peers_) {
    TROUPE_CHECK(one.heard <= last);
    TROUPE_CHECK(one.request == 0 || one.asked > one.heard);
  }
}

} // namespace troupe
