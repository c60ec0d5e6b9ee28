// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/chaos/fault_plan.hpp"

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

#include <utility>

namespace troupe::chaos {

fault_plan::fault_plan(std::uint64_t seed, std::uint64_t connection, bool upward,
                       fault_ranges ranges)
    : ranges_(std::move(ranges)), draws_(mix64(seed, 2 * connection + (upward ? 1 : 0))) {
  TROUPE_CHECK(!ranges_.kinds.empty() && ranges_.every_bytes > 0 && ranges_.length_max > 0);
  TROUPE_CHECK(ranges_.pause_max > duration{0});
  advance();
}

void fault_plan::advance() {
  next_ = {.what = ranges_.kinds[draws_.below(ranges_.kinds.size())],
           .at = from_ + draws_.below(2 * ranges_.every_bytes),
           .pause = duration(1
                             + static_cast<duration::rep>(draws_.below(
                                 static_cast<std::uint64_t>(ranges_.pause_max.count())))),
           .length = 1 + draws_.below(ranges_.length_max),
           .bit = static_cast<unsigned>(draws_.below(8))};
  from_ = next_.at + 2 * next_.length;
}

} // namespace troupe::chaos
