// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// What is started again when a child dies: that one, or also those that were added after it,
/// which depend on it.
enum class restart_strategy : std::uint8_t { one_for_one, rest_for_one };

/// How a group of children is kept running.
struct supervision {
  restart_strategy strategy = restart_strategy::one_for_one;
  std::uint32_t intensity = 10; ///< Restarts within `period`; one death more and it gives up. >= 1.
  duration period = 60s;        ///< >= 1 s.
  std::uint32_t prompt_max = 4; ///< So many of them come at once, the others with a delay,
  duration backoff_min = 100ms; ///< which begins with this and doubles,
  duration backoff_max = 5s;    ///< up to this.
};

/// one_for_one, rest_for_one.
[[nodiscard]] std::optional<restart_strategy> parse_restart_strategy(std::string_view text);

/// What to do about a death.
struct restart_plan {
  bool gives_up = false;               ///< None of `restart` is started again.
  std::vector<std::string> stop_first; ///< To be ended before, the last added first.
  std::vector<std::string> restart;    ///< In this order, the dead one first.
  duration after{0};                   ///< From the death on.
  std::uint32_t deaths = 0;            ///< Within the period, this one included.
};

/// Decides from deaths and time which children of a group are started again and when, or that it
/// gives up, as an OTP supervisor does; unlike there, siblings that a strategy would not restart go
/// on when it gives up: to serve with what is left is better than not at all. What escalates is the
/// word of it; only `forgive` (an operator) begins anew.
///
/// Role: one per group of a node's agent. Thread: inside the actor. Memory: intensity + 1 times,
/// and the names of the children, which the caller bounds. Checked:
/// test/unit/node/supervisor_test.cpp
class supervisor {
public:
  explicit supervisor(supervision how = {}) : how_(how) {}

  /// After all others, unless it is known.
  void add(const std::string& child);
  void remove(const std::string& child);
  [[nodiscard]] const std::vector<std::string>& children() const { return children_; }

  /// Requires: `child` was added.
  [[nodiscard]] restart_plan died(const std::string& child, time_point now);

  /// Forgets all deaths.
  void forgive() { deaths_.clear(); }

  [[nodiscard]] const supervision& how() const { return how_; }

private:
  [[nodiscard]] duration delay() const;

  supervision how_;
  std::vector<std::string> children_;
  std::deque<time_point> deaths_; ///< Within the period, the oldest first.
};

} // namespace troupe
