// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::chaos {

/// What can happen to one direction of a connection.
enum class wire_fault : std::uint8_t {
  delay,     ///< Everything from here on waits for a while, in order.
  half_open, ///< Everything from here on vanishes; the connection stays.
  reset,     ///< The connection ends by a reset, in both directions.
  flip,      ///< One bit is another.
  duplicate, ///< A few bytes come twice.
  reorder,   ///< A few bytes come after the few behind them.
  clog,      ///< Nothing is read for a while: the sender's buffers fill.
};

[[nodiscard]] std::string_view name_of(wire_fault what);

/// Empty: all of them. Errors: invalid_value, naming what there is.
[[nodiscard]] result<std::vector<wire_fault>> parse_wire_faults(
    const std::vector<std::string>& names);

} // namespace troupe::chaos
