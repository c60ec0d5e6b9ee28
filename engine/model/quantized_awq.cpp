// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/quantized_codes.hpp"

namespace troupe::engine {

void dequantize_awq(const quantized_matrix& from, std::uint64_t first, std::uint64_t count,
                    float* out) {
  const auto words = from.rows / 8;
  group_cache known;
  write_columns(from.cols, count, out, [&](std::uint64_t col, float* to) {
    const auto group = col / from.group_cols;
    if (known.takes(group)) {
      for (std::uint64_t i = 0; i < count; ++i) {
        const auto row = first + i;
        known.scales[i] = scale_at(from, group * from.rows + row);
        known.zeros[i] = zero_at(from, row, group);
      }
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto row = first + i;
      const auto code = awq_nibble(word_at(from.codes, col * words + row / 8), row);
      to[i] = static_cast<float>(code - known.zeros[i]) * known.scales[i];
    }
  });
}

} // namespace troupe::engine
