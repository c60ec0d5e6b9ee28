// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace troupe::chaos {

/// What all processors did since the machine started, in ticks.
struct machine_load {
  std::uint64_t all = 0;
  std::uint64_t idle = 0;
  std::uint64_t steal = 0; ///< Taken by the host of a virtual machine.

  [[nodiscard]] static machine_load now();
};

struct load_share {
  double busy_pct = 0;
  double steal_pct = 0;
};
[[nodiscard]] load_share between(const machine_load& before, const machine_load& after);

} // namespace troupe::chaos
