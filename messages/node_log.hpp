// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// What a process wrote into its log, and how much it writes.
namespace troupe {

/// No coarser than `warn`: what operators do is logged as that.
enum class log_detail : std::uint8_t { trace = 0, debug = 1, info = 2, warn = 3 };
constexpr log_detail last_enumerator(log_detail) {
  return log_detail::warn;
}

/// OPERATOR to ADMIN (request): the newest lines of your log. Who follows it asks again and again.
struct log_query {
  static constexpr wire_type type = 150;
  static constexpr std::string_view name = "log_query";
  static constexpr traffic traffic_class = traffic::free;

  std::uint64_t after = 0;     ///< Only lines of higher numbers; the first line is 1.
  std::uint32_t lines_max = 0; ///< The newest so many; 0: limits::log_lines_max, also the most.
  std::uint64_t actor = 0;     ///< Only lines of this actor of your process; 0: all.

  static constexpr auto fields() {
    return std::tuple{field(1, "after", &log_query::after),
                      field(2, "lines_max", &log_query::lines_max),
                      field(3, "actor", &log_query::actor)};
  }
};

struct log_line {
  std::uint64_t no = 0;
  std::string text; ///< As it stands in the log.

  static constexpr auto fields() {
    return std::tuple{field(1, "no", &log_line::no),
                      field(2, "text", &log_line::text, limits::log_line_bytes_max)};
  }
};

/// ADMIN: the oldest first.
struct log_report {
  static constexpr wire_type type = 151;
  static constexpr std::string_view name = "log_report";
  static constexpr traffic traffic_class = traffic::ordered;

  std::uint64_t last = 0;   ///< Number of the newest line there is.
  std::uint64_t missed = 0; ///< After `after`, but no longer kept or more than an answer holds.
  std::vector<log_line> lines;

  static constexpr auto fields() {
    return std::tuple{field(1, "last", &log_report::last), field(2, "missed", &log_report::missed),
                      field(3, "lines", &log_report::lines, limits::log_lines_max)};
  }
};

/// OPERATOR to ADMIN (request): write lines of this detail and graver ones for a while, then as
/// before.
struct log_level {
  static constexpr wire_type type = 152;
  static constexpr std::string_view name = "log_level";
  static constexpr traffic traffic_class = traffic::request;

  std::uint64_t actor = 0; ///< Of your process; 0: everything of it.
  log_detail least = log_detail::info;
  std::uint32_t for_ms = 0; ///< At most limits::log_level_ms_max; 0: as configured, from now on.
  std::string who;          ///< The operator, for the log.

  static constexpr auto fields() {
    return std::tuple{field(1, "actor", &log_level::actor), field(2, "least", &log_level::least),
                      field(3, "for_ms", &log_level::for_ms),
                      field(4, "who", &log_level::who, limits::operator_line_bytes_max)};
  }
};

/// ADMIN: lines are written so from now on.
struct log_level_set {
  static constexpr wire_type type = 153;
  static constexpr std::string_view name = "log_level_set";
  static constexpr traffic traffic_class = traffic::ordered;

  static constexpr auto fields() { return std::tuple{}; }
};

} // namespace troupe
