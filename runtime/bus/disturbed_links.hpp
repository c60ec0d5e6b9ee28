// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/disturbance.hpp"
#include "runtime/bus/fault_points.hpp"
#include "runtime/bus/link.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace troupe {

/// Frames that arrived and are kept from the bus for a while, or for ever. Frames are lost by the
/// fault point of the simulated network.
/// Thread: one. Bounds: beyond `held_max` frames or `held_bytes_max` the oldest is due at once:
/// a delay is cut short, nothing is lost.
/// Checked: test/unit/bus/disturbed_links_test.cpp
class disturbed_links {
public:
  static constexpr std::size_t held_max = 65'536;
  static constexpr std::size_t held_bytes_max = std::size_t{64} << 20U;
  static constexpr std::size_t peers_max = 4096;

  explicit disturbed_links(std::uint64_t seed) : points_(seed) {}

  /// From now on, instead of what was done to that peer's frames before. False: too many peers.
  bool disturb(const node_ref& peer, const disturbance& what, time_point now);

  /// Nothing is done to anybody and nothing is held: frames need not be shown.
  [[nodiscard]] bool is_idle() const { return rules_.empty() && held_.empty(); }

  enum class fate : std::uint8_t {
    passes,
    held, ///< `data` was taken.
    lost,
  };
  fate arrived(const origin& from, lane way, frame& data, time_point now);

  struct held_frame {
    origin from;
    lane way = lane::control;
    frame data;
  };
  /// The next frame whose time has come.
  std::optional<held_frame> take_due(time_point now);
  /// When there is one.
  [[nodiscard]] std::optional<time_point> next_due() const;

  [[nodiscard]] const fault_counts& counts() const { return points_.counts(); }

private:
  struct rule {
    disturbance what;
    time_point last_due;  ///< Of the newest frame that is held.
    std::size_t held = 0; ///< Its frames.

    [[nodiscard]] bool is_over(time_point now) const { return what.until <= now && held == 0; }
  };

  void forget_those_over(time_point now);
  [[nodiscard]] bool is_full() const { return held_.size() > held_max || bytes_ > held_bytes_max; }

  fault_points points_;
  std::map<node_ref, rule> rules_;
  time_point all_over_;                        ///< When no rule is in force any more.
  std::multimap<time_point, held_frame> held_; ///< By when they are due; equals as they came.
  std::size_t bytes_ = 0;
};

} // namespace troupe
