// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "messages/place.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// What operators ask of every actor.
namespace troupe {

/// One line of a report.
struct fact {
  std::string key;
  std::string value;

  static constexpr auto fields() {
    return std::tuple{field(1, "key", &fact::key), field(2, "value", &fact::value, 4096)};
  }
};

/// ANY to ACTOR (request).
struct status_query {
  static constexpr wire_type type = 80;
  static constexpr std::string_view name = "status_query";
  static constexpr traffic traffic_class = traffic::free;

  static constexpr auto fields() { return std::tuple{}; }
};

/// Answer of an actor about itself.
struct status_report {
  static constexpr wire_type type = 81;
  static constexpr std::string_view name = "status_report";
  static constexpr traffic traffic_class = traffic::ordered;

  std::string actor; ///< Role and node name.
  std::vector<fact> facts;

  static constexpr auto fields() {
    return std::tuple{field(1, "actor", &status_report::actor),
                      field(2, "facts", &status_report::facts, 1024)};
  }
};

/// ANY to ROUTER (request): why was this request placed as it was?
struct explain_query {
  static constexpr wire_type type = 82;
  static constexpr std::string_view name = "explain_query";
  static constexpr traffic traffic_class = traffic::free;

  request_id request;

  static constexpr auto fields() {
    return std::tuple{field(1, "request", &explain_query::request)};
  }
};

/// ROUTER: the placements it remembers of the request.
struct explain_report {
  static constexpr wire_type type = 83;
  static constexpr std::string_view name = "explain_report";
  static constexpr traffic traffic_class = traffic::ordered;

  std::vector<placement> placements;

  static constexpr auto fields() {
    return std::tuple{field(1, "placements", &explain_report::placements, 64)};
  }
};

} // namespace troupe
