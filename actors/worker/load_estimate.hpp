// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/block_naming.hpp"
#include "runtime/base/clock.hpp"

#include <cstddef>
#include <cstdint>

namespace troupe {

/// Load or compute, whichever is sooner: what a shard's answers took so far against the engine's
/// measured prefill rate.
///
/// load_ms = wait_ms + blocks * block_bytes / bytes_per_ms, both smoothed over past answers (1 ms
/// and 200 MB/s before the first); compute_ms = blocks * 16 / prefill rate. While the rate is
/// unknown, loading is tried. An answer without blocks counts as wait only.
class load_estimate {
public:
  void observe(duration took, std::uint32_t blocks, std::size_t block_bytes) {
    const double ms = std::chrono::duration<double, std::milli>(took).count();
    if (blocks == 0) {
      wait_ms_ += (ms - wait_ms_) * weight;
      return;
    }
    const double moved = static_cast<double>(blocks) * static_cast<double>(block_bytes);
    const double rate = moved / (ms > min_ms ? ms : min_ms);
    bytes_per_ms_ += (rate - bytes_per_ms_) * weight;
  }

  [[nodiscard]] bool is_load_sooner(std::uint32_t blocks, std::size_t block_bytes,
                                    float prefill_tokens_per_s) const {
    if (prefill_tokens_per_s <= 0) {
      return true;
    }
    const double load_ms =
        wait_ms_ + static_cast<double>(blocks) * static_cast<double>(block_bytes) / bytes_per_ms_;
    const double compute_ms =
        static_cast<double>(blocks) * block_tokens * 1000.0 / double{prefill_tokens_per_s};
    return load_ms < compute_ms;
  }

private:
  static constexpr double weight = 0.25;
  static constexpr double min_ms = 0.01;
  double wait_ms_ = 1.0;
  double bytes_per_ms_ = 200e3;
};

} // namespace troupe
