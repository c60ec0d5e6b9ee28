// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine {

/// What a sequence would have to get back before it goes on.
struct preemption_victim {
  std::uint32_t lost_tokens = 0; ///< Computed again, where nothing holds their blocks.
  std::uint32_t own_blocks = 0;  ///< Copied out and in again; shared ones stay by themselves.
};

/// As measured by the engine; 0: not yet.
struct preemption_rates {
  double prefill_tokens_per_s = 0;
  double copy_bytes_per_s = 0; ///< Between the pool and the memory for what is swapped out.
};

enum class preemption_way : std::uint8_t { recompute = 0, swap = 1 };

/// How a victim's blocks are given up: dropped and computed again, or copied out and in again,
/// whichever takes less of the engine's time.
/// Role: a decision only. The scheduler recomputes always, until a pool of the host's memory for
/// what is swapped out exists.
/// Checked: test/unit/engine/preemption_choice_test.cpp
class preemption_choice {
public:
  /// `swap_bytes_max`: memory for what is swapped out; 0: never swap.
  preemption_choice(std::size_t block_bytes, std::size_t swap_bytes_max)
      : block_bytes_(block_bytes), swap_bytes_max_(swap_bytes_max) {}

  /// Recompute also where the blocks would not fit beside `swapped_bytes`, where a rate is not
  /// known, and where both take the same.
  [[nodiscard]] preemption_way choose(const preemption_victim& victim,
                                      const preemption_rates& rates,
                                      std::size_t swapped_bytes) const;

private:
  std::size_t block_bytes_;
  std::size_t swap_bytes_max_;
};

} // namespace troupe::engine
