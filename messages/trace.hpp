// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// Looking on while an actor works: at most so many messages a second, for so long.
namespace troupe {

/// OPERATOR to ADMIN (request): show me what this actor of yours is told and tells. Answered by
/// `trace_started`, then `trace_events` until the last; ends with the asker too.
struct trace_start {
  static constexpr wire_type type = 90;
  static constexpr std::string_view name = "trace_start";
  static constexpr traffic traffic_class = traffic::request;

  std::uint64_t actor = 0;      ///< Of the admin's process.
  std::uint32_t rate_per_s = 0; ///< 1..limits::trace_rate_max.
  std::uint32_t for_ms = 0;     ///< 1..limits::trace_ms_max.

  static constexpr auto fields() {
    return std::tuple{field(1, "actor", &trace_start::actor),
                      field(2, "rate_per_s", &trace_start::rate_per_s),
                      field(3, "for_ms", &trace_start::for_ms)};
  }
};

/// ADMIN: it runs.
struct trace_started {
  static constexpr wire_type type = 91;
  static constexpr std::string_view name = "trace_started";
  static constexpr traffic traffic_class = traffic::ordered;

  std::uint64_t trace = 0; ///< Its number at this admin.

  static constexpr auto fields() { return std::tuple{field(1, "trace", &trace_started::trace)}; }
};

enum class trace_way : std::uint8_t { in = 0, out = 1 };
constexpr trace_way last_enumerator(trace_way) {
  return trace_way::out;
}

/// One message that was seen.
struct trace_line {
  std::uint64_t at_us = 0; ///< Since the trace began.
  trace_way way = trace_way::in;
  actor_ref peer;
  std::string what; ///< "tell", "request" or "response".
  std::string text; ///< The message as a line, cut.

  static constexpr auto fields() {
    return std::tuple{field(1, "at_us", &trace_line::at_us), field(2, "way", &trace_line::way),
                      field(3, "peer", &trace_line::peer), field(4, "what", &trace_line::what),
                      field(5, "text", &trace_line::text, limits::trace_text_bytes_max)};
  }
};

/// ADMIN to OPERATOR: what was seen since the last.
struct trace_events {
  static constexpr wire_type type = 92;
  static constexpr std::string_view name = "trace_events";
  static constexpr traffic traffic_class = traffic::ordered;

  std::uint64_t trace = 0;
  std::vector<trace_line> lines;
  std::uint64_t skipped = 0; ///< Over the rate, since the start.
  bool last = false;

  static constexpr auto fields() {
    return std::tuple{field(1, "trace", &trace_events::trace),
                      field(2, "lines", &trace_events::lines, limits::trace_lines_max),
                      field(3, "skipped", &trace_events::skipped),
                      field(4, "last", &trace_events::last)};
  }
};

/// OPERATOR to ADMIN: enough.
struct trace_stop {
  static constexpr wire_type type = 93;
  static constexpr std::string_view name = "trace_stop";
  static constexpr traffic traffic_class = traffic::free;

  std::uint64_t trace = 0;

  static constexpr auto fields() { return std::tuple{field(1, "trace", &trace_stop::trace)}; }
};

} // namespace troupe
