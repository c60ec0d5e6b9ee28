// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

/// An operator harms a process on purpose, to see what the cluster makes of it.
namespace troupe {

/// OPERATOR to ADMIN (request): from now on, instead of what was done before, do this to each frame
/// that comes from that node. Neither: no more.
struct disturb_link {
  static constexpr wire_type type = 146;
  static constexpr std::string_view name = "disturb_link";
  static constexpr traffic traffic_class = traffic::request;

  node_ref peer;
  std::uint32_t delay_us = 0; ///< Comes so much later. At most limits::disturb_delay_us_max.
  std::uint32_t lost_per_million = 0; ///< Vanishes, while the link stands.
  std::uint32_t for_ms = 0;           ///< 1 to limits::trace_ms_max; ends by itself.
  std::string who;                    ///< The operator, for the log.

  static constexpr auto fields() {
    return std::tuple{field(1, "peer", &disturb_link::peer),
                      field(2, "delay_us", &disturb_link::delay_us),
                      field(3, "lost_per_million", &disturb_link::lost_per_million),
                      field(4, "for_ms", &disturb_link::for_ms),
                      field(5, "who", &disturb_link::who, limits::operator_line_bytes_max)};
  }
};

/// ADMIN: it is done to frames that arrive from now on.
struct link_disturbed {
  static constexpr wire_type type = 147;
  static constexpr std::string_view name = "link_disturbed";
  static constexpr traffic traffic_class = traffic::ordered;

  static constexpr auto fields() { return std::tuple{}; }
};

/// OPERATOR to ADMIN (request): end your process as a broken invariant does.
struct crash_process {
  static constexpr wire_type type = 148;
  static constexpr std::string_view name = "crash_process";
  static constexpr traffic traffic_class = traffic::request;

  std::string who; ///< The operator, for the log.

  static constexpr auto fields() {
    return std::tuple{field(1, "who", &crash_process::who, limits::operator_line_bytes_max)};
  }
};

/// ADMIN: it dies within a moment.
struct crash_begun {
  static constexpr wire_type type = 149;
  static constexpr std::string_view name = "crash_begun";
  static constexpr traffic traffic_class = traffic::ordered;

  static constexpr auto fields() { return std::tuple{}; }
};

} // namespace troupe
