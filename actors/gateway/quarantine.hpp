// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/prepare.hpp"
#include "messages/crash.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/hash.hpp"

#include <cstddef>
#include <deque>

namespace troupe {

/// Of a request that is asked again: model, prompt, and the seed if the client gave one.
[[nodiscard]] hash128 fingerprint_of(const prepared& what);

/// The requests that were condemned, the last limits::quarantined_max of them. For `time` an equal
/// request is refused at the door: clients repeat what failed.
/// Thread: inside the actor. Checked: test/unit/gateway/suspicion_test.cpp
class quarantine {
public:
  explicit quarantine(duration time) : time_(time) {}

  void add(quarantined_request what, const hash128& print, time_point now);

  /// The request that this one equals, and counts it; null: none.
  const quarantined_request* refuses(const hash128& print, time_point now);

  /// Newest first, with their ages.
  [[nodiscard]] crashes_report report(time_point now) const;
  [[nodiscard]] std::size_t size() const { return kept_.size(); }

private:
  struct entry {
    quarantined_request what;
    hash128 print;
    time_point at;
  };

  duration time_;
  std::deque<entry> kept_; ///< The oldest first.
};

} // namespace troupe
