// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/quantized_codes.hpp"

#include <array>

namespace troupe::engine {
namespace {

/// The lowest bit of row r's nibble, of eight rows in a word that holds 0 2 4 6 1 3 5 7.
constexpr std::array<unsigned, 8> shifts{0, 16, 4, 20, 8, 24, 12, 28};

int nibble_of(std::uint32_t word, std::uint64_t row) {
  return static_cast<int>(word >> shifts[row % 8] & 15U);
}

} // namespace

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
        known.zeros[i] = nibble_of(word_at(from.zeros, group * words + row / 8), row);
      }
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto row = first + i;
      const auto code = nibble_of(word_at(from.codes, col * words + row / 8), row);
      to[i] = static_cast<float>(code - known.zeros[i]) * known.scales[i];
    }
  });
}

} // namespace troupe::engine
