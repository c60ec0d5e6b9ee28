// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/ids.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/bus/actor_ref.hpp"

#include <cstddef>
#include <map>
#include <tuple>

namespace troupe {

/// Bounds how often entries of unknown attempts are answered with `cancel`: once per attempt and
/// interval, and for a bounded number of attempts, since a worker repeats itself at every step
/// until the cancel has arrived.
class cancel_limiter {
public:
  bool allow(const actor_ref& to, stream_id stream, attempt_id attempt, time_point now) {
    if (recent_.size() >= entries_max) {
      std::erase_if(recent_, [&](const auto& item) { return now - item.second >= interval; });
    }
    const key who{to, stream, attempt};
    const auto seen = recent_.find(who);
    if (seen != recent_.end()) {
      if (now - seen->second < interval) {
        return false;
      }
      seen->second = now;
      return true;
    }
    if (recent_.size() >= entries_max) {
      return false;
    }
    recent_.emplace(who, now);
    return true;
  }

private:
  using key = std::tuple<actor_ref, stream_id, attempt_id>;

  static constexpr std::size_t entries_max = 1024;
  static constexpr duration interval = 100ms;

  std::map<key, time_point> recent_;
};

} // namespace troupe
