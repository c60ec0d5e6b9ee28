// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/preemption_choice.hpp"

namespace troupe::engine {

preemption_way preemption_choice::choose(const preemption_victim& victim,
                                         const preemption_rates& rates,
                                         std::size_t swapped_bytes) const {
  const bool is_known = rates.prefill_tokens_per_s > 0 && rates.copy_bytes_per_s > 0;
  const auto left =
      swap_bytes_max_ - (swapped_bytes < swap_bytes_max_ ? swapped_bytes : swap_bytes_max_);
  if (!is_known || victim.own_blocks > left / block_bytes_) {
    return preemption_way::recompute;
  }
  const auto bytes = static_cast<double>(victim.own_blocks) * static_cast<double>(block_bytes_);
  const double copying = 2 * bytes / rates.copy_bytes_per_s;
  const double computing = victim.lost_tokens / rates.prefill_tokens_per_s;
  return copying < computing ? preemption_way::swap : preemption_way::recompute;
}

} // namespace troupe::engine
