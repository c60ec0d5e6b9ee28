// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"

#include <cstdint>

namespace troupe {

/// What is done to the frames that come from one peer.
struct disturbance {
  duration delay{0};                  ///< Each comes so much later; none overtakes another.
  std::uint32_t lost_per_million = 0; ///< Vanish while the link stands.
  time_point until;                   ///< Not any more from then on.

  [[nodiscard]] bool does_nothing() const { return delay <= duration{0} && lost_per_million == 0; }
};

} // namespace troupe
