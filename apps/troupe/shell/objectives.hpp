// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/inspect.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// How fast requests were answered, beside what was aimed at.
namespace troupe::shell {

/// Both inclusive.
struct objectives {
  double ttft_ms = 2000; ///< From the request to its first token.
  double tpot_ms = 50;   ///< Mean time between the tokens after it.
};

/// Of a request that has its first token; 0: it has none yet.
[[nodiscard]] double ttft_ms_of(const request_info& what);

/// Nothing before the second token of a choice. Several choices are taken to share the tokens
/// evenly: a gateway counts them together.
[[nodiscard]] std::optional<double> tpot_ms_of(const request_info& what);

/// Whether a request that ended met both. One that failed did not; one whose client left is held to
/// what it got, and did not if that was nothing; a single token has no time between tokens.
[[nodiscard]] bool meets(const request_info& what, const objectives& aim);

/// Times are those of requests that ended, in milliseconds; nothing where none has any.
struct service_level {
  std::string model;
  std::uint64_t requests = 0; ///< The open ones too.
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t abandoned = 0;                  ///< Their clients left.
  std::array<std::optional<double>, 3> ttft_ms; ///< p50, p95, p99 by nearest rank.
  std::array<std::optional<double>, 2> tpot_ms; ///< p50, p95.
  std::optional<double> within; ///< Share of those that ended that met both, 0 to 1.
};

/// By model in their order, and all together last, whose model is empty.
/// Cost: sorts the times. Checked: test/unit/shell_command/objectives_test.cpp
[[nodiscard]] std::vector<service_level> service_levels(std::span<const request_info> all,
                                                        const objectives& aim);

} // namespace troupe::shell
