// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/chaos/machine_load.hpp"

#include <array>
#include <fstream>
#include <string>

namespace troupe::chaos {

machine_load machine_load::now() {
  // user nice system idle iowait irq softirq steal
  std::ifstream file("/proc/stat");
  std::string name;
  file >> name;
  std::array<std::uint64_t, 8> ticks{};
  machine_load out;
  for (auto& each : ticks) {
    file >> each;
    out.all += each;
  }
  out.idle = ticks[3] + ticks[4];
  out.steal = ticks[7];
  return out;
}

load_share between(const machine_load& before, const machine_load& after) {
  const auto all = static_cast<double>(after.all - before.all);
  if (all <= 0) {
    return {};
  }
  return {.busy_pct = 100 * (1 - static_cast<double>(after.idle - before.idle) / all),
          .steal_pct = 100 * static_cast<double>(after.steal - before.steal) / all};
}

} // namespace troupe::chaos
