// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::chaos {

/// What can be done to a process.
enum class process_harm : std::uint8_t {
  kill,      ///< SIGKILL.
  stop,      ///< SIGSTOP, and SIGCONT after a while.
  terminate, ///< SIGTERM: it ends in good order.
};

[[nodiscard]] std::string_view name_of(process_harm what);

/// Empty: all of them. Errors: invalid_value, naming what there is.
[[nodiscard]] result<std::vector<process_harm>> parse_process_harms(
    const std::vector<std::string>& names);

/// Requires: at least one kind and one name.
struct harm_ranges {
  std::vector<process_harm> kinds;
  std::vector<std::string> names; ///< Of the processes; their order counts.
  duration length = 30s;
  duration every = 2s;    ///< Between two, on average; at least a quarter of it.
  duration stop_max = 1s; ///< Of stop.
};

struct planned_harm {
  duration at{0}; ///< Since the start.
  process_harm what = process_harm::kill;
  std::string whom;
  duration stopped{0}; ///< Of stop.
};

/// What is done to whom and when, by seed: the same for the same seed and ranges. In order of
/// time; nobody is harmed while stopped.
/// Checked: test/unit/chaos/process_schedule_test.cpp
[[nodiscard]] std::vector<planned_harm> plan_harm(std::uint64_t seed, const harm_ranges& ranges);

/// Whether the load of a run was enough for it to show anything.
/// Checked: test/unit/chaos/process_schedule_test.cpp
class load_floor {
public:
  explicit load_floor(double per_second_min) : per_second_min_(per_second_min) {}

  /// A gateway's counter of ended requests, as it says; `life` changes with its process. What it
  /// counted before the first look is not the run's.
  void saw(const std::string& gateway, std::int64_t life, std::uint64_t ended);
  [[nodiscard]] std::uint64_t ended() const { return ended_; }
  [[nodiscard]] double per_second(duration took) const;
  [[nodiscard]] bool is_void(duration took) const { return per_second(took) < per_second_min_; }

private:
  struct counter {
    std::string gateway;
    std::int64_t life = 0;
    std::uint64_t last = 0;
  };

  double per_second_min_;
  std::uint64_t ended_ = 0;
  std::vector<counter> counters_;
};

} // namespace troupe::chaos
