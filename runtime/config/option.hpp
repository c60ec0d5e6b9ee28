// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace troupe::config {

/// What an option can hold. A choice is text that is one of the option's `choices`.
using value =
    std::variant<bool, std::int64_t, double, duration, std::string, std::vector<std::string>>;

enum class kind : std::uint8_t { boolean, integer, real, time, text, choice, list };

/// One option, declared once: flags, environment, YAML, help, reference file and checks all come
/// from this. Make it with the functions below, refine it with the chained setters.
/// Checked: test/unit/config/option_test.cpp
struct option {
  std::string name;    ///< Dotted YAML path, lower case: "router.queue_requests_max".
  std::string flag;    ///< "--queue"; by default "--router-queue-requests-max"; empty: no flag.
  std::string env;     ///< By default TROUPE_ROUTER_QUEUE_REQUESTS_MAX; empty: none.
  std::string help;    ///< One sentence: what it bounds or chooses, and what happens then.
  std::string group;   ///< Heading in help and reference; by default the name's first part.
  char letter = 0;     ///< Short flag, 'o' for -o; 0: none.
  bool in_file = true; ///< false: meaningful on the command line only, absent from YAML.
  kind type = kind::text;
  value fallback;
  double min = 0; ///< Inclusive; of integer, real, and time (in nanoseconds).
  double max = 0;
  std::vector<std::string> choices;
  std::function<void(const value&)> assign; ///< Writes the bound member, if there is one.

  option&& with_flag(std::string text) &&;
  option&& with_letter(char text) &&;
  option&& with_group(std::string text) &&;
  option&& flag_only() &&; ///< No environment variable and no YAML key.
};

[[nodiscard]] option boolean(std::string name, bool fallback, std::string help);
[[nodiscard]] option integer(std::string name, std::int64_t fallback, std::int64_t min,
                             std::int64_t max, std::string help);
[[nodiscard]] option real(std::string name, double fallback, double min, double max,
                          std::string help);
[[nodiscard]] option time(std::string name, duration fallback, duration min, duration max,
                          std::string help);
[[nodiscard]] option text(std::string name, std::string fallback, std::string help);
[[nodiscard]] option choice(std::string name, std::string fallback,
                            std::vector<std::string> choices, std::string help);
[[nodiscard]] option list(std::string name, std::vector<std::string> fallback, std::string help);

/// Binds an option to a member, whose present value becomes the default.
/// Requires: a member that can hold the option's kind and range, and outlives the table.
template <class T>
[[nodiscard]] option bound(option what, T& member) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string>
                || std::is_same_v<T, std::vector<std::string>>) {
    what.fallback = member;
    what.assign = [&member](const value& v) {
      member = std::get<T>(v);
    };
  } else if constexpr (std::is_integral_v<T>) {
    what.fallback = static_cast<std::int64_t>(member);
    what.assign = [&member](const value& v) {
      member = static_cast<T>(std::get<std::int64_t>(v));
    };
  } else if constexpr (std::is_floating_point_v<T>) {
    what.fallback = static_cast<double>(member);
    what.assign = [&member](const value& v) {
      member = static_cast<T>(std::get<double>(v));
    };
  } else {
    what.fallback = std::chrono::duration_cast<duration>(member);
    what.assign = [&member](const value& v) {
      member = std::chrono::duration_cast<T>(std::get<duration>(v));
    };
  }
  return what;
}

/// Reads one value. Integers take _ as separator and k, m, g (powers of 1000) or Ki, Mi, Gi;
/// times need a unit (ns us ms s m h), except 0; lists are separated by commas.
/// Errors: invalid_value, naming the option, the text and what is allowed.
[[nodiscard]] result<value> parse_value(const option& what, std::string_view text);

/// The text that parse_value reads back.
[[nodiscard]] std::string format_value(const value& what);

/// "integer 1..65536", "one of auto, remote, local".
[[nodiscard]] std::string describe_domain(const option& what);

} // namespace troupe::config
