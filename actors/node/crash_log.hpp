// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/crash.hpp"
#include "runtime/base/clock.hpp"

#include <cstddef>
#include <deque>

namespace troupe {

/// The last deaths of a node's processes. Over its bounds the oldest are forgotten.
/// Bounds: limits::crashes_max records, bytes_max of their texts and lists.
/// Thread: inside the actor. Checked: test/unit/node/crash_log_test.cpp
class crash_log {
public:
  explicit crash_log(std::size_t bytes_max = std::size_t{256} << 10U) : bytes_max_(bytes_max) {}

  /// Numbers it and cuts its lists to their limits. Valid until the next call.
  const crash_record& add(crash_record what, time_point now);

  /// Of a gateway: requests that were on it. An unknown number does nothing.
  void add_held(const crash_held& what);

  /// Newest first, with their ages.
  [[nodiscard]] crashes_report report(time_point now) const;

  [[nodiscard]] std::size_t size() const { return kept_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  void check_invariants() const;

private:
  struct entry {
    crash_record what;
    time_point at;
    std::size_t bytes = 0;
  };

  void weigh(entry& which);
  void forget_oldest();

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::uint64_t last_no_ = 0;
  std::deque<entry> kept_; ///< The oldest first.
};

} // namespace troupe
