// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/actor_ref.hpp"

#include <compare>
#include <cstdint>

namespace troupe {

/// An epoch of leadership: its number and the process that leads in it. Both together are the
/// epoch's name, so that no epoch has two leaders; the order is that of the numbers, then of the
/// leaders. Number 0: nobody has led yet.
///
/// On the wire the two are fields of their messages. A process issues a number at most once: it
/// takes one above all it has seen, its own included.
struct leadership {
  /// Higher numbers are not believed: a peer's mistake must leave numbers to lead with.
  static constexpr std::uint64_t number_max = std::uint64_t{1} << 63U;

  std::uint64_t number = 0;
  node_ref leader;

  friend auto operator<=>(const leadership&, const leadership&) = default;
};

} // namespace troupe
