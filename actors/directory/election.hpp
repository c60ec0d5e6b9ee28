// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/leadership.hpp"
#include "runtime/base/clock.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace troupe {

/// Rules of directory and members left out on purpose, so that the simulation can show that it
/// would notice.
struct directory_mutants {
  bool leads_when_young = false;   ///< A new directory waits for nobody.
  bool young_speaks = false;       ///< The list of one that is young or just reached is whole.
  bool keeps_leading = false;      ///< A higher epoch does not end one's own.
  bool same_number = false;        ///< A new epoch has the number of the last one.
  bool ignores_holders = false;    ///< Only the leader's own voice says that it lives.
  bool lease_unchecked = false;    ///< Silent members stay.
  bool asleep_removes = false;     ///< After a sleep, leases that ran out meanwhile count.
  bool epoch_unchecked = false;    ///< Members take the last epoch they hear for the highest.
  bool forgets_alone = false;      ///< Members without a directory forget whom they knew.
  bool obeys_older_epochs = false; ///< Nodes take orders of any epoch.
};

/// Which epoch counts at one directory, and when it begins one of its own.
///
/// Young for one lease, it only listens. Then it leads if the highest epoch it has heard of has no
/// leader: none, or one that for a whole lease nobody has claimed to hold a lease of. It stops
/// leading when it hears of a higher epoch. There is no vote: docs/protocol.md says why.
/// Checked: test/unit/directory/election_test.cpp, test/sim/directories_test.cpp
class election {
public:
  struct times {
    duration lease;
    duration turn; ///< Of one directory, if several could begin: longer than news takes.
  };

  election(node_ref self, const times& of, time_point now, directory_mutants mutants)
      : self_(self),
        lease_(of.lease),
        turn_(of.turn),
        mutants_(mutants),
        mature_at_(mutants.leads_when_young ? now : now + of.lease),
        alive_at_(now) {}

  /// What member `who` says: the highest epoch it has seen, and whether it holds its leader's
  /// lease. True: a higher one than all before.
  bool hear(const node_ref& who, const leadership& what, bool holds_lease, time_point now) {
    if (what.number > leadership::number_max) {
      return false;
    }
    if (what > highest_) {
      highest_ = what;
      alive_at_ = now;
      leads_ = leads_ && mutants_.keeps_leading;
      return true;
    }
    const bool counts = holds_lease && (!mutants_.ignores_holders || who == highest_.leader);
    if (what == highest_ && counts) {
      alive_at_ = std::max(alive_at_, now);
    }
    return false;
  }

  /// Begins to lead if it is time. `rank`: directories that go first; each gets a turn, so that
  /// seldom two begin at once. True: it leads from now on.
  bool advance(std::size_t rank, time_point now) {
    if (leads_ || now < next(rank)) {
      return false;
    }
    highest_ = {highest_.number + (mutants_.same_number && highest_.number != 0 ? 0U : 1U), self_};
    leads_ = true;
    begun_ = highest_;
    return true;
  }

  /// When to ask `advance` again.
  [[nodiscard]] time_point next(std::size_t rank) const {
    if (leads_) {
      return time_point::max();
    }
    const auto turn = turn_ * static_cast<int>(std::min<std::size_t>(rank, 64));
    return highest_.number == 0 ? mature_at_ + turn
                                : std::max(alive_at_ + lease_ + turn, mature_at_);
  }

  /// The time from `since` to `now`, in which nothing could be heard, does not count: also for one
  /// that has heard of no leader yet and waited for its turn.
  void excuse(time_point since, time_point now) {
    alive_at_ = std::max(alive_at_, now);
    if (is_young(since) || highest_.number == 0) {
      mature_at_ = now + lease_;
    }
  }

  [[nodiscard]] bool is_young(time_point now) const { return now < mature_at_; }
  [[nodiscard]] bool leads() const { return leads_; }
  [[nodiscard]] const leadership& highest() const { return highest_; }
  [[nodiscard]] const leadership& begun() const { return begun_; } ///< The last of its own.
  [[nodiscard]] time_point mature_at() const { return mature_at_; }

private:
  node_ref self_;
  duration lease_;
  duration turn_;
  directory_mutants mutants_;
  leadership highest_;
  leadership begun_;
  bool leads_ = false;
  time_point mature_at_;
  time_point alive_at_; ///< The leader was last known to live.
};

} // namespace troupe
