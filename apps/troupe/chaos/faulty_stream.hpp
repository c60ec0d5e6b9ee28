// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/chaos/fault_plan.hpp"
#include "runtime/base/bytes.hpp"

#include <deque>
#include <optional>
#include <vector>

namespace troupe::chaos {

/// One direction of a connection whose bytes suffer what a plan says. No I/O, no clock.
/// What waits here is bounded: whoever feeds it asks `wants_more` first and takes at most
/// `piece_max` at once.
/// Checked: test/unit/chaos/faulty_stream_test.cpp
class faulty_stream {
public:
  static constexpr std::size_t piece_max = 64 * 1024;

  explicit faulty_stream(fault_plan plan);

  /// What one side sent. Requires: wants_more(now), at most piece_max bytes.
  void take(bytes_view data, time_point now);

  /// What the other side gets now, in order.
  [[nodiscard]] bytes give(time_point now);

  [[nodiscard]] bool wants_more(time_point now) const;
  [[nodiscard]] std::optional<time_point> next_wake(time_point now) const;
  [[nodiscard]] bool is_reset() const { return is_reset_; }
  [[nodiscard]] bool swallows() const { return swallows_; }
  [[nodiscard]] bool is_empty() const { return held_.empty() && behind_.empty(); }

  /// The sender has ended: nothing comes any more to be put before what waits for its turn.
  void end(time_point now);

  /// No further fault begins. What was swallowed stays so, until the connection ends.
  void calm_down() { is_calm_ = true; }

  /// Faults that have begun since the last call.
  [[nodiscard]] std::vector<planned_fault> take_done();

private:
  struct piece {
    bytes data;
    time_point due;
  };

  void begin(const planned_fault& what, time_point now);
  void pass(bytes_view data, time_point now);
  void hold(bytes_view data, time_point now);

  fault_plan plan_;
  std::uint64_t position_ = 0;
  std::deque<piece> held_;
  std::size_t held_bytes_ = 0;
  time_point due_ = time_point::min(); ///< Of delay.
  time_point clogged_till_ = time_point::min();
  std::size_t twice_left_ = 0; ///< Of duplicate.
  bytes twice_;
  std::size_t behind_left_ = 0; ///< Of reorder: bytes still to come into `behind_`.
  std::size_t before_left_ = 0; ///< Then so many pass it.
  bytes behind_;
  time_point behind_since_;
  bool swallows_ = false;
  bool is_reset_ = false;
  bool is_calm_ = false;
  std::vector<planned_fault> done_;
};

} // namespace troupe::chaos
