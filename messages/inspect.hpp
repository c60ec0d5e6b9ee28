// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/generate.hpp"
#include "messages/limits.hpp"
#include "messages/place.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/base/error.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// What operators look at: the actors and links of a process, the requests of a gateway.
namespace troupe {

/// An actor of the process, from outside: counters since its start.
struct actor_info {
  std::uint64_t actor = 0;
  std::string name;
  std::uint64_t mailbox = 0; ///< Waiting now.
  std::uint64_t handled = 0;
  std::uint64_t sent = 0;
  std::uint64_t busy_us = 0; ///< Inside its core.

  static constexpr auto fields() {
    return std::tuple{
        field(1, "actor", &actor_info::actor),     field(2, "name", &actor_info::name),
        field(3, "mailbox", &actor_info::mailbox), field(4, "handled", &actor_info::handled),
        field(5, "sent", &actor_info::sent),       field(6, "busy_us", &actor_info::busy_us)};
  }
};

/// A session of the process to another.
struct link_info {
  node_ref peer;
  std::string name;
  std::uint64_t frames_in = 0;
  std::uint64_t frames_out = 0;
  std::uint64_t waiting_messages = 0; ///< For credit of the peer.
  std::uint64_t unreturned_bytes = 0; ///< Received and not yet destroyed.
  std::uint64_t bytes_in = 0;         ///< Of frames, without what ZeroMQ and TCP add.
  std::uint64_t bytes_out = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "peer", &link_info::peer),
                      field(2, "name", &link_info::name),
                      field(3, "frames_in", &link_info::frames_in),
                      field(4, "frames_out", &link_info::frames_out),
                      field(5, "waiting_messages", &link_info::waiting_messages),
                      field(6, "unreturned_bytes", &link_info::unreturned_bytes),
                      field(7, "bytes_in", &link_info::bytes_in),
                      field(8, "bytes_out", &link_info::bytes_out)};
  }
};

/// OPERATOR to ADMIN (request): what is in your process?
struct node_query {
  static constexpr wire_type type = 84;
  static constexpr std::string_view name = "node_query";
  static constexpr traffic traffic_class = traffic::free;

  static constexpr auto fields() { return std::tuple{}; }
};

/// ADMIN: its process.
struct node_report {
  static constexpr wire_type type = 85;
  static constexpr std::string_view name = "node_report";
  static constexpr traffic traffic_class = traffic::ordered;

  std::string node;
  std::uint64_t uptime_ms = 0;
  std::uint64_t resident_bytes = 0; ///< 0: unknown.
  std::vector<actor_info> actors;
  std::vector<link_info> links;

  static constexpr auto fields() {
    return std::tuple{field(1, "node", &node_report::node),
                      field(2, "uptime_ms", &node_report::uptime_ms),
                      field(3, "resident_bytes", &node_report::resident_bytes),
                      field(4, "actors", &node_report::actors, limits::node_actors_max),
                      field(5, "links", &node_report::links, limits::members_max)};
  }
};

/// One placement of a stream, as its gateway saw it. Times are milliseconds since the request was
/// submitted; 0: did not happen.
struct attempt_info {
  attempt_id attempt;
  worker_id decode;
  worker_id prefill; ///< Equal to decode: local.
  std::uint32_t cached_tokens = 0;
  float asked_ms = 0;  ///< A router was asked.
  float placed_ms = 0; ///< It had chosen.
  float filling_ms = 0;
  float running_ms = 0;
  float token_ms = 0; ///< The first token of this attempt.
  float end_ms = 0;
  std::string why; ///< It ended early.

  static constexpr auto fields() {
    return std::tuple{field(1, "attempt", &attempt_info::attempt),
                      field(2, "decode", &attempt_info::decode),
                      field(3, "prefill", &attempt_info::prefill),
                      field(4, "cached_tokens", &attempt_info::cached_tokens),
                      field(5, "asked_ms", &attempt_info::asked_ms),
                      field(6, "placed_ms", &attempt_info::placed_ms),
                      field(7, "filling_ms", &attempt_info::filling_ms),
                      field(8, "running_ms", &attempt_info::running_ms),
                      field(9, "token_ms", &attempt_info::token_ms),
                      field(10, "end_ms", &attempt_info::end_ms),
                      field(11, "why", &attempt_info::why)};
  }
};

enum class request_phase : std::uint8_t { open = 0, completed = 1, failed = 2, abandoned = 3 };
constexpr request_phase last_enumerator(request_phase) {
  return request_phase::abandoned;
}

/// A request of a gateway. Of one with several choices, the attempts and times of the first.
struct request_info {
  request_id request;
  std::string model;
  request_phase phase = request_phase::open;
  std::uint32_t choices = 1;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t accepted_tokens = 0; ///< Of all choices.
  std::uint32_t age_ms = 0;          ///< Since it was submitted.
  float first_token_ms = 0;
  float last_token_ms = 0;
  float end_ms = 0;
  std::string why; ///< It failed.
  std::vector<attempt_info> attempts;

  static constexpr auto fields() {
    return std::tuple{field(1, "request", &request_info::request),
                      field(2, "model", &request_info::model),
                      field(3, "phase", &request_info::phase),
                      field(4, "choices", &request_info::choices),
                      field(5, "prompt_tokens", &request_info::prompt_tokens),
                      field(6, "accepted_tokens", &request_info::accepted_tokens),
                      field(7, "age_ms", &request_info::age_ms),
                      field(8, "first_token_ms", &request_info::first_token_ms),
                      field(9, "last_token_ms", &request_info::last_token_ms),
                      field(10, "end_ms", &request_info::end_ms),
                      field(11, "why", &request_info::why),
                      field(12, "attempts", &request_info::attempts, limits::told_attempts_max)};
  }
};

/// OPERATOR to GATEWAY (request): your requests, newest first, or the one whose id is given.
struct requests_query {
  static constexpr wire_type type = 86;
  static constexpr std::string_view name = "requests_query";
  static constexpr traffic traffic_class = traffic::free;

  request_id request; ///< 0: all it remembers.

  static constexpr auto fields() {
    return std::tuple{field(1, "request", &requests_query::request)};
  }
};

/// GATEWAY: open requests and those that ended not long ago.
struct requests_report {
  static constexpr wire_type type = 87;
  static constexpr std::string_view name = "requests_report";
  static constexpr traffic traffic_class = traffic::ordered;

  std::vector<request_info> requests;

  static constexpr auto fields() {
    return std::tuple{field(1, "requests", &requests_report::requests, limits::told_requests_max)};
  }
};

/// OPERATOR to GATEWAY (request): what would you ask a router for this question of a user?
struct prompt_query {
  static constexpr wire_type type = 88;
  static constexpr std::string_view name = "prompt_query";
  static constexpr traffic traffic_class = traffic::request;

  std::string model; ///< Empty: the only one.
  std::string text;

  static constexpr auto fields() {
    return std::tuple{field(1, "model", &prompt_query::model),
                      field(2, "text", &prompt_query::text, limits::operator_text_bytes_max)};
  }
};

/// GATEWAY: a `place` that nobody was sent.
struct prompt_report {
  static constexpr wire_type type = 89;
  static constexpr std::string_view name = "prompt_report";
  static constexpr traffic traffic_class = traffic::ordered;

  place what;

  static constexpr auto fields() { return std::tuple{field(1, "what", &prompt_report::what)}; }
};

} // namespace troupe
