// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "messages/place.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/base/error.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <optional>
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

/// ANY to ROUTER (request): why was this request placed as it was, or where would this one go?
struct explain_query {
  static constexpr wire_type type = 82;
  static constexpr std::string_view name = "explain_query";
  static constexpr traffic traffic_class = traffic::free;

  request_id request;
  std::optional<place> imagined; ///< Decided now and forgotten: nothing is placed.

  static constexpr auto fields() {
    return std::tuple{field(1, "request", &explain_query::request),
                      field(2, "imagined", &explain_query::imagined)};
  }
};

/// A pair of workers a router weighed. Names are those of nodes.
struct weighed_pair {
  std::string decode;
  std::string prefill; ///< Empty: local.
  std::uint32_t decode_cached_blocks = 0;
  std::uint32_t prefill_cached_blocks = 0;
  std::uint32_t computed_tokens = 0; ///< Of the prompt, by whoever fills.
  std::uint32_t waiting_tokens = 0;  ///< Prompt tokens before it where it would fill.
  std::uint32_t running = 0;         ///< Sequences decoding beside it.
  std::uint32_t free_blocks = 0;     ///< As the decode worker last said.
  float ttft_ms = 0;                 ///< Predicted.
  float harm_ms = 0;                 ///< To the running decodes.
  bool has_room = true;
  bool chosen = false;

  static constexpr auto fields() {
    return std::tuple{field(1, "decode", &weighed_pair::decode),
                      field(2, "prefill", &weighed_pair::prefill),
                      field(3, "decode_cached_blocks", &weighed_pair::decode_cached_blocks),
                      field(4, "prefill_cached_blocks", &weighed_pair::prefill_cached_blocks),
                      field(5, "computed_tokens", &weighed_pair::computed_tokens),
                      field(6, "waiting_tokens", &weighed_pair::waiting_tokens),
                      field(7, "running", &weighed_pair::running),
                      field(8, "free_blocks", &weighed_pair::free_blocks),
                      field(9, "ttft_ms", &weighed_pair::ttft_ms),
                      field(10, "harm_ms", &weighed_pair::harm_ms),
                      field(11, "has_room", &weighed_pair::has_room),
                      field(12, "chosen", &weighed_pair::chosen)};
  }
};

/// What a pool holds of a prompt, as the router knows.
struct pool_holding {
  std::string node;
  std::uint32_t blocks = 0; ///< Of the prompt's, from the first on without a gap.
  bool computes = false;    ///< False: a cache shard.

  static constexpr auto fields() {
    return std::tuple{field(1, "node", &pool_holding::node),
                      field(2, "blocks", &pool_holding::blocks),
                      field(3, "computes", &pool_holding::computes)};
  }
};

/// One decision of a router with its reasons: the pairs it weighed, the best first.
struct decision {
  request_id request;
  attempt_id attempt;
  std::uint64_t no = 0; ///< Of its placements; 0: refused or imagined.
  std::uint32_t age_ms = 0;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t accepted = 0;
  std::uint32_t blocks = 0;
  float near_equal_ms = 0; ///< Costs within this of the best are drawn among.
  std::vector<weighed_pair> pairs;
  std::vector<pool_holding> holdings; ///< Of imagined ones.
  error why;                          ///< Set: it was refused.

  static constexpr auto fields() {
    return std::tuple{field(1, "request", &decision::request),
                      field(2, "attempt", &decision::attempt),
                      field(3, "no", &decision::no),
                      field(4, "age_ms", &decision::age_ms),
                      field(5, "prompt_tokens", &decision::prompt_tokens),
                      field(6, "accepted", &decision::accepted),
                      field(7, "blocks", &decision::blocks),
                      field(8, "near_equal_ms", &decision::near_equal_ms),
                      field(9, "pairs", &decision::pairs, 16),
                      field(10, "holdings", &decision::holdings, limits::members_max),
                      field(11, "why", &decision::why)};
  }
};

/// ROUTER: the placements it remembers of the request.
struct explain_report {
  static constexpr wire_type type = 83;
  static constexpr std::string_view name = "explain_report";
  static constexpr traffic traffic_class = traffic::ordered;

  std::vector<placement> placements;
  std::vector<decision> decisions; ///< The same with reasons by name, and refusals.

  static constexpr auto fields() {
    return std::tuple{field(1, "placements", &explain_report::placements, 64),
                      field(2, "decisions", &explain_report::decisions, 64)};
  }
};

/// OPERATOR to ROUTER (request): decide with this value from now on, until your process ends.
struct router_set {
  static constexpr wire_type type = 160;
  static constexpr std::string_view name = "router_set";
  static constexpr traffic traffic_class = traffic::request;

  std::string setting;
  double value = 0;
  std::string who; ///< The operator, for the router's log.

  static constexpr auto fields() {
    return std::tuple{field(1, "setting", &router_set::setting),
                      field(2, "value", &router_set::value),
                      field(3, "who", &router_set::who, limits::operator_line_bytes_max)};
  }
};

/// ROUTER: how it decides now.
struct router_settings {
  static constexpr wire_type type = 161;
  static constexpr std::string_view name = "router_settings";
  static constexpr traffic traffic_class = traffic::ordered;

  std::vector<fact> settings;

  static constexpr auto fields() {
    return std::tuple{field(1, "settings", &router_settings::settings, limits::settings_max)};
  }
};

/// OPERATOR to ADMIN (request): somebody is about to do this to an actor of your process, or has.
/// Written to the log before it is answered.
struct operator_note {
  static constexpr wire_type type = 94;
  static constexpr std::string_view name = "operator_note";
  static constexpr traffic traffic_class = traffic::free;

  std::string who;
  std::string what;
  std::string outcome; ///< Empty: not done yet.

  static constexpr auto fields() {
    return std::tuple{
        field(1, "who", &operator_note::who),
        field(2, "what", &operator_note::what, limits::operator_line_bytes_max),
        field(3, "outcome", &operator_note::outcome, limits::operator_line_bytes_max)};
  }
};

/// ADMIN: it is in the log.
struct operator_noted {
  static constexpr wire_type type = 95;
  static constexpr std::string_view name = "operator_noted";
  static constexpr traffic traffic_class = traffic::ordered;

  static constexpr auto fields() { return std::tuple{}; }
};

} // namespace troupe
