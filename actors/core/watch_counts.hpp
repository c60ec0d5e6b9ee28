// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/outbox.hpp"
#include "runtime/base/check.hpp"

#include <cstddef>
#include <cstdint>
#include <map>

namespace troupe {

/// One monitor per peer, however many things of a core depend on it.
/// Thread: inside the actor. Cost: O(log peers).
class watch_counts {
public:
  void add(const actor_ref& who, outbox& out) {
    if (counts_[who]++ == 0) {
      out.monitor(who);
    }
  }

  /// Of a peer already reported down: nothing.
  void drop(const actor_ref& who, outbox& out) {
    const auto it = counts_.find(who);
    if (it != counts_.end() && --it->second == 0) {
      counts_.erase(it);
      out.demonitor(who);
    }
  }

  /// The peer is down; whoever depended on it lets go without counting.
  void gone(const actor_ref& who) { counts_.erase(who); }

  [[nodiscard]] std::size_t size() const { return counts_.size(); }

private:
  std::map<actor_ref, std::uint32_t> counts_;
};

} // namespace troupe
