// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/error.hpp"
#include "runtime/bus/actor_ref.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace troupe {

/// What other gateways have heard of the requests that this one condemned, which are numbered from
/// 1. Who appears has heard of none. Each is asked one thing at a time, and again after a pause,
/// until it says that it heard; one whose version does not know the message is left alone.
///
/// Thread: inside the actor. Bounds: the gateways that the directory names. Cost: O(gateways) each.
/// Checked: test/unit/gateway/quarantine_word_test.cpp
class quarantine_word {
public:
  /// Of the pause before a gateway is told again; doubles.
  struct pauses {
    duration least;
    duration most;
  };
  explicit quarantine_word(pauses between) : between_(between) {}

  /// The gateways there are now; those that are new have heard of the first `heard`.
  void keep(const std::set<actor_ref>& there, std::uint64_t heard = 0);

  /// Whom to tell now that `last` is the number of the last one.
  [[nodiscard]] std::vector<actor_ref> due(std::uint64_t last, time_point now) const;
  /// Up to which number. Requires: kept.
  [[nodiscard]] std::uint64_t heard(const actor_ref& who) const { return peers_.at(who).heard; }

  /// It was asked, or need not be, as none up to `last` is in force. Requires: kept.
  void asked(const actor_ref& who, std::uint64_t request, std::uint64_t last);
  void passed(const actor_ref& who, std::uint64_t last) { peers_.at(who).heard = last; }

  /// The answer to a request; errc::none: it heard. False: not one of these requests.
  bool answered(std::uint64_t request, errc how, time_point now);

  /// When somebody is due; nobody: all have heard, or are being asked.
  [[nodiscard]] std::optional<time_point> next_wake(std::uint64_t last) const;
  void check_invariants(std::uint64_t last) const;

private:
  struct peer {
    std::uint64_t heard = 0;
    std::uint64_t request = 0; ///< Open; 0: none.
    std::uint64_t asked = 0;   ///< Up to which number.
    time_point retry_at;
    duration pause{0};
    bool is_deaf = false;
  };
  [[nodiscard]] static bool waits(const peer& one, std::uint64_t last) {
    return one.request == 0 && !one.is_deaf && one.heard < last;
  }

  pauses between_;
  std::map<actor_ref, peer> peers_;
};

} // namespace troupe
