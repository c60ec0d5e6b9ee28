// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/decoder/decoder.hpp"

#include <cstdint>
#include <memory>

namespace troupe::cuda::bench {

/// A prompt of one sequence: medians by the host's clock.
struct export_rates {
  double bytes = 0;           ///< Of its blocks.
  double step_s = 0;          ///< Computing it,
  double step_and_copy_s = 0; ///< while its blocks are copied to pinned memory, too,
  double copy_s = 0;          ///< and only copying them, a block at a time.

  /// Of the time that copying takes, what computing hides.
  [[nodiscard]] double hidden() const { return 1 - (step_and_copy_s - step_s) / copy_s; }
};

/// Errors: CUDA's, with what was measured until then.
[[nodiscard]] status measure_export(const decoder_shape& shape, const device_weights& weights,
                                    const engine::ops::kv_layout& layout,
                                    std::unique_ptr<product> multiply, std::int32_t tokens,
                                    int rounds, export_rates& out);

} // namespace troupe::cuda::bench
