// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/bus/bus_options.hpp"
#include "runtime/bus/envelope.hpp"

#include <string_view>

namespace troupe {

/// Whether a peer is alive, by what is heard of it: frames, what its pings say of its actors, and
/// what other nodes hear of it.
///
/// Role:   of one session, from its start. A peer is suspected after two pings that did not come,
///   and given up soon after unless another node says that it hears it; then only after silence_max
///   (the link is bad, not the peer). A peer whose actors do not run is given up at once. Older
///   peers, which say nothing of their next ping, are given up after silence_max.
/// Thread: under the bus's lock. Checked: test/unit/bus/liveness_test.cpp
class liveness {
public:
  liveness(const bus_limits& limits, time_point now) : limits_(limits), heard_(now) {}

  void heard(time_point now);
  void told(const ping_body& what);
  void vouched(); ///< Another node hears it.
  /// This process did not run for so long until now: nobody else's silence.
  void own_pause(duration how, time_point now);

  enum class verdict { fine, suspect, dead };
  /// `suspect` once per suspicion: ask others.
  verdict judge(time_point now);
  [[nodiscard]] std::string_view why_dead(time_point now) const;
  [[nodiscard]] time_point next_wake() const;

  /// What to answer when another node asks.
  [[nodiscard]] bool hears(time_point now) const;

private:
  [[nodiscard]] bool says_when() const { return expected_ > duration{0}; }
  [[nodiscard]] duration suspect_after() const { return 2 * expected_ + lateness_allowed; }
  [[nodiscard]] duration dead_after() const { return suspect_after() + time_to_vouch; }
  [[nodiscard]] bool pool_is_stuck() const { return pool_silent_ >= limits_.pool_silence_max; }

  static constexpr duration lateness_allowed = 30ms;
  static constexpr duration time_to_vouch = 100ms;
  static constexpr duration fresh_within = 15ms; ///< After a ping was due.

  const bus_limits& limits_;
  time_point heard_;
  duration expected_{0}; ///< Until its next ping; 0: an older peer.
  duration pool_silent_{0};
  bool suspected_ = false;
  bool vouched_ = false;
};

} // namespace troupe
