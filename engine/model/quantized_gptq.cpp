// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/quantized_codes.hpp"

namespace troupe::engine {

void dequantize_gptq(const quantized_matrix& from, std::uint64_t first, std::uint64_t count,
                     float* out) {
  group_cache known;
  write_columns(from.cols, count, out, [&](std::uint64_t col, float* to) {
    const auto group = from.group_of.empty() ? col / from.group_cols : word_at(from.group_of, col);
    if (known.takes(group)) {
      for (std::uint64_t i = 0; i < count; ++i) {
        const auto row = first + i;
        known.scales[i] = scale_at(from, group * from.rows + row);
        known.zeros[i] = zero_at(from, row, group);
      }
    }
    const auto shift = static_cast<unsigned>(col % 8 * 4);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto word = word_at(from.codes, col / 8 * from.rows + first + i);
      const auto code = static_cast<int>(word >> shift & 15U);
      to[i] = static_cast<float>(code - known.zeros[i]) * known.scales[i];
    }
  });
}

} // namespace troupe::engine
