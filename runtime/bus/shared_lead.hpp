// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"

#include <atomic>
#include <cstdint>

namespace troupe {

/// Of two threads one leads. It may lend itself to something that perhaps takes long; if it does,
/// the other takes the lead, and the first stands by in its place once it has come back.
/// Thread: as each function says; what one leader wrote before `lend` the next one sees.
/// Cost: no call of the system while turns are short: the timer behind runs on, and wakes the
/// other thread once in `patience` at most. Checked: test/unit/bus/shared_lead_test.cpp
class shared_lead {
public:
  explicit shared_lead(duration patience);
  shared_lead(const shared_lead&) = delete;
  shared_lead& operator=(const shared_lead&) = delete;
  ~shared_lead();

  /// Leader: whether the other thread stands by.
  [[nodiscard]] bool can_lend() const { return has_spare_.load(); }
  /// Leader. Requires: can_lend.
  void lend();
  /// Who lent. False: the other leads now; stand by.
  [[nodiscard]] bool take_back();

  /// The thread that does not lead: returns when it does. False: `stop` was called.
  [[nodiscard]] bool stand_by();

  void stop(); ///< Any; for good.

private:
  enum class lead : std::uint8_t { held, lent, taken };

  void watch_for(duration time) const;

  duration patience_;
  int timer_;
  std::atomic<bool> stopping_{false};
  std::atomic<lead> lead_{lead::held};
  std::atomic<time_point::rep> lent_at_{0};
  std::atomic<bool> has_spare_{false};
  std::atomic<bool> is_watched_{false}; ///< The timer runs.
};

} // namespace troupe
