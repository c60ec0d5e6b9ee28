// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

/// An operator has a running request decoded elsewhere.
namespace troupe {

/// OPERATOR to GATEWAY (request): place the streams of this request again, at this node. An
/// ordinary re-placement: what was accepted stays accepted, and if the node cannot take them they
/// are placed wherever there is room.
struct move_request {
  static constexpr wire_type type = 144;
  static constexpr std::string_view name = "move_request";
  static constexpr traffic traffic_class = traffic::request;

  request_id request;
  std::string node; ///< Its name; it decodes the request's model.
  std::string who;  ///< The operator, for the log.

  static constexpr auto fields() {
    return std::tuple{field(1, "request", &move_request::request),
                      field(2, "node", &move_request::node, limits::operator_line_bytes_max),
                      field(3, "who", &move_request::who, limits::operator_line_bytes_max)};
  }
};

/// GATEWAY: a router is asked for each of them.
struct move_begun {
  static constexpr wire_type type = 145;
  static constexpr std::string_view name = "move_begun";
  static constexpr traffic traffic_class = traffic::ordered;

  std::uint32_t streams = 0;
  std::uint32_t accepted_tokens = 0; ///< Of them all; none is made again for the client.

  static constexpr auto fields() {
    return std::tuple{field(1, "streams", &move_begun::streams),
                      field(2, "accepted_tokens", &move_begun::accepted_tokens)};
  }
};

} // namespace troupe
