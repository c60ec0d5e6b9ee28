// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// How processes died, and which requests had to do with it.
namespace troupe {

/// A request of the step that a worker computed when it died.
struct dying_request {
  request_id request;
  std::uint32_t index = 0; ///< Of the answer token that was being made.

  static constexpr auto fields() {
    return std::tuple{field(1, "request", &dying_request::request),
                      field(2, "index", &dying_request::index)};
  }
};

/// The death of a process that nobody had asked for.
struct crash_record {
  std::uint64_t no = 0; ///< Counts the deaths its agent has seen.
  std::string slot;
  std::string roles;
  node_ref life; ///< Nobody: it had not told yet who it was.
  std::int64_t pid = 0;
  std::string how; ///< "killed by signal 11"
  std::uint32_t code = 0;
  std::uint32_t signal = 0;
  bool proves = false; ///< It died of itself: a request named here may have been the cause.
  std::uint64_t ended_unix_ms = 0; ///< 0: unknown.
  std::uint64_t age_ms = 0;        ///< Since then.
  std::uint64_t uptime_ms = 0;
  std::uint32_t before = 0; ///< Deaths of this slot before.
  std::vector<dying_request> dying;
  std::vector<request_id> held; ///< All it worked for, as gateways say.
  std::uint32_t held_more = 0;  ///< How many of them are not listed.
  std::vector<std::string> log; ///< The last lines of its log.

  static constexpr auto fields() {
    return std::tuple{field(1, "no", &crash_record::no),
                      field(2, "slot", &crash_record::slot),
                      field(3, "roles", &crash_record::roles),
                      field(4, "life", &crash_record::life),
                      field(5, "pid", &crash_record::pid),
                      field(6, "how", &crash_record::how),
                      field(7, "code", &crash_record::code),
                      field(8, "signal", &crash_record::signal),
                      field(9, "proves", &crash_record::proves),
                      field(10, "ended_unix_ms", &crash_record::ended_unix_ms),
                      field(11, "age_ms", &crash_record::age_ms),
                      field(12, "uptime_ms", &crash_record::uptime_ms),
                      field(13, "before", &crash_record::before),
                      field(14, "dying", &crash_record::dying, limits::dying_requests_max),
                      field(15, "held", &crash_record::held, limits::held_requests_max),
                      field(16, "held_more", &crash_record::held_more),
                      field(17, "log", &crash_record::log, limits::crash_log_lines_max)};
  }
};

/// AGENT to GATEWAYS: a process of mine died; what do you know of it? Without the log.
struct crash_told {
  static constexpr wire_type type = 100;
  static constexpr std::string_view name = "crash_told";
  static constexpr traffic traffic_class = traffic::ordered;

  crash_record what;

  static constexpr auto fields() { return std::tuple{field(1, "what", &crash_told::what)}; }
};

/// GATEWAY to AGENT: these of my requests were on that process.
struct crash_held {
  static constexpr wire_type type = 101;
  static constexpr std::string_view name = "crash_held";
  static constexpr traffic traffic_class = traffic::ordered;

  std::uint64_t no = 0;
  std::vector<request_id> requests;
  std::uint32_t more = 0; ///< How many of them are not listed.

  static constexpr auto fields() {
    return std::tuple{field(1, "no", &crash_held::no),
                      field(2, "requests", &crash_held::requests, limits::held_requests_max),
                      field(3, "more", &crash_held::more)};
  }
};

/// A request that ended as `request_quarantined`.
struct quarantined_request {
  request_id request;
  std::string model;
  std::uint64_t age_ms = 0;
  std::vector<std::string> slots; ///< Whose deaths named it, the last one last.
  std::uint32_t refused = 0;      ///< Equal requests that came later.

  static constexpr auto fields() {
    return std::tuple{field(1, "request", &quarantined_request::request),
                      field(2, "model", &quarantined_request::model),
                      field(3, "age_ms", &quarantined_request::age_ms),
                      field(4, "slots", &quarantined_request::slots, 16),
                      field(5, "refused", &quarantined_request::refused)};
  }
};

/// The same for other gateways: by what they know its equals.
struct condemned_request {
  hash128 fingerprint; ///< Of model, prompt, and the seed if the client gave one; 0: of nothing.
  quarantined_request what;

  static constexpr auto fields() {
    return std::tuple{field(1, "fingerprint", &condemned_request::fingerprint),
                      field(2, "what", &condemned_request::what)};
  }
};

/// GATEWAY to GATEWAYS (request): these I condemned; refuse their equals too. What others condemned
/// is theirs to tell. Answered by `quarantine_known`.
struct quarantine_told {
  static constexpr wire_type type = 107;
  static constexpr std::string_view name = "quarantine_told";
  static constexpr traffic traffic_class = traffic::request;

  std::vector<condemned_request> condemned; ///< The oldest first.

  static constexpr auto fields() {
    return std::tuple{field(1, "condemned", &quarantine_told::condemned, limits::quarantined_max)};
  }
};

/// GATEWAY to GATEWAY: I heard.
struct quarantine_known {
  static constexpr wire_type type = 108;
  static constexpr std::string_view name = "quarantine_known";
  static constexpr traffic traffic_class = traffic::ordered;

  static constexpr auto fields() { return std::tuple{}; }
};

/// OPERATOR to AGENT or GATEWAY (request): which deaths, or quarantined requests, do you remember?
struct crashes_query {
  static constexpr wire_type type = 102;
  static constexpr std::string_view name = "crashes_query";
  static constexpr traffic traffic_class = traffic::free;

  static constexpr auto fields() { return std::tuple{}; }
};

/// Newest first.
struct crashes_report {
  static constexpr wire_type type = 103;
  static constexpr std::string_view name = "crashes_report";
  static constexpr traffic traffic_class = traffic::ordered;

  std::vector<crash_record> crashes;            ///< Of an agent.
  std::vector<quarantined_request> quarantined; ///< Of a gateway.

  static constexpr auto fields() {
    return std::tuple{
        field(1, "crashes", &crashes_report::crashes, limits::crashes_max),
        field(2, "quarantined", &crashes_report::quarantined, limits::quarantined_max)};
  }
};

} // namespace troupe
