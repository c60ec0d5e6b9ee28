// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/prepare.hpp"
#include "messages/crash.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/hash.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace troupe {

/// Of a request that is asked again: model, prompt, and the seed if the client gave one. The same
/// in every process and version, since gateways tell it each other.
[[nodiscard]] hash128 fingerprint_of(const prepared& what);

/// The requests that were condemned, by this gateway or by others: the last limits::quarantined_max
/// of each, so that nothing others say displaces what is known at first hand. For `time` an equal
/// request is refused at the door: clients repeat what failed.
/// Thread: inside the actor. Cost: O(entries) each. Checked: test/unit/gateway/quarantine_test.cpp
class quarantine {
public:
  explicit quarantine(duration time) : time_(time) {}

  /// Condemned here.
  void add(quarantined_request what, const hash128& print, time_point now);

  /// Condemned by another gateway, `age_ms` ago. False: nothing changes, since it is in force
  /// already, too old, older than all of a full table, or no proof (fewer than two deaths).
  bool hear(const condemned_request& what, time_point now);

  /// The request that this one equals, and counts it; null: none.
  const quarantined_request* refuses(const hash128& print, time_point now);

  /// The number of the last one that was condemned here; 0: none.
  [[nodiscard]] std::uint64_t last_no() const { return last_no_; }
  /// Those condemned here with greater numbers that are in force, the oldest first.
  [[nodiscard]] std::vector<condemned_request> condemned_after(std::uint64_t no,
                                                               time_point now) const;

  /// All, the newest first, with their ages; limits::quarantined_max at most.
  [[nodiscard]] crashes_report report(time_point now) const;
  [[nodiscard]] std::size_t size() const { return own_.size() + heard_.size(); }

private:
  struct entry {
    quarantined_request what;
    hash128 print;
    time_point at;
    std::uint64_t no = 0; ///< 0: others condemned it.
  };

  [[nodiscard]] bool holds(const entry& one, time_point now) const { return now - one.at < time_; }
  entry* find(const hash128& print, time_point now);

  duration time_;
  std::uint64_t last_no_ = 0;
  std::deque<entry> own_; ///< The oldest first.
  std::deque<entry> heard_;
};

} // namespace troupe
