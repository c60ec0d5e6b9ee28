// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/chaos/wire_fault.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/rng.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace troupe::chaos {

/// Requires: at least one kind, and the rest above zero.
struct fault_ranges {
  std::vector<wire_fault> kinds;
  std::uint64_t every_bytes = 65'536; ///< Between two faults of a stream, on average.
  duration pause_max = 500ms;         ///< Of delay and clog.
  std::size_t length_max = 64;        ///< Of duplicate and reorder.
};

/// A fault at a byte of a stream, counted from 0.
struct planned_fault {
  wire_fault what = wire_fault::delay;
  std::uint64_t at = 0;
  duration pause{0};
  std::size_t length = 0; ///< Bytes concerned; of reorder, of each half.
  unsigned bit = 0;       ///< 0..7, of flip.
};

/// Where faults befall one direction of one connection: the same for the same seed, connection
/// and direction, whatever flows there. Endless.
/// Checked: test/unit/chaos/fault_plan_test.cpp
class fault_plan {
public:
  fault_plan(std::uint64_t seed, std::uint64_t connection, bool upward, fault_ranges ranges);

  [[nodiscard]] const planned_fault& next() const { return next_; }
  void advance(); ///< The one after; it begins where the last one has ended, or later.

private:
  fault_ranges ranges_;
  rng draws_;
  std::uint64_t from_ = 0;
  planned_fault next_;
};

} // namespace troupe::chaos
