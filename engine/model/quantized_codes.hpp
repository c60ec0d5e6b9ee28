// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/dtype.hpp"
#include "engine/model/quantized_matrix.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

/// The single codes and scales that quantized_matrix.hpp describes, and its formats one by one.
/// Checked: all codes in test/unit/model/quantized_matrix_test.cpp
namespace troupe::engine {

using ops::e4m3_to_f32;

[[nodiscard]] constexpr float e2m1_to_f32(unsigned code) {
  const unsigned magnitude = code & 7U;
  const float value = magnitude < 2 ? static_cast<float>(magnitude) * 0.5F
                                    : std::bit_cast<float>((magnitude << 22U) + (126U << 23U));
  return (code & 8U) != 0 ? -value : value;
}

/// 2^(code - 127): 0 is a subnormal of f32.
[[nodiscard]] constexpr float e8m0_to_f32(std::uint8_t code) {
  if (code == 0xffU) {
    return std::bit_cast<float>(0x7fc00000U);
  }
  return std::bit_cast<float>(code == 0 ? 0x00400000U : std::uint32_t{code} << 23U);
}

[[nodiscard]] constexpr std::size_t bytes_of(scale_format format) {
  return format == scale_format::f32 ? 4 : format == scale_format::e8m0 ? 1 : 2;
}

[[nodiscard]] inline std::uint32_t word_at(bytes_view words, std::uint64_t index) {
  std::uint32_t word = 0;
  std::memcpy(&word, words.data() + index * sizeof word, sizeof word);
  return word;
}

[[nodiscard]] inline float scale_at(const quantized_matrix& from, std::uint64_t index) {
  const auto width = bytes_of(from.scales_are);
  std::uint32_t bits = 0;
  std::memcpy(&bits, from.scales.data() + index * width, width);
  switch (from.scales_are) {
    case scale_format::f32:
      return std::bit_cast<float>(bits);
    case scale_format::bf16:
      return ops::bf16_to_f32(static_cast<std::uint16_t>(bits));
    case scale_format::f16:
      return ops::f16_to_f32(static_cast<std::uint16_t>(bits));
    case scale_format::e8m0:
      break;
  }
  return e8m0_to_f32(static_cast<std::uint8_t>(bits));
}

/// Row r's nibble of a word of AWQ, whose nibbles are rows 0 2 4 6 1 3 5 7 of eight.
[[nodiscard]] constexpr int awq_nibble(std::uint32_t word, std::uint64_t row) {
  constexpr std::array<unsigned, 8> shifts{0, 16, 4, 20, 8, 24, 12, 28};
  return static_cast<int>(word >> shifts[row % 8] & 15U);
}

/// Of the int4 formats.
[[nodiscard]] inline int zero_at(const quantized_matrix& from, std::uint64_t row,
                                 std::uint64_t group) {
  const auto word = word_at(from.zeros, group * (from.rows / 8) + row / 8);
  return from.codes_are == code_format::awq_int4
             ? awq_nibble(word, row)
             : static_cast<int>(((word >> (row % 8 * 4)) + from.zero_offset) & 15U);
}

/// Rows of the int4 formats that are read together.
inline constexpr std::uint64_t batch_rows = 16;

/// Scales and zeros of one column group of a batch.
struct group_cache {
  std::array<float, batch_rows> scales{};
  std::array<int, batch_rows> zeros{};
  std::uint64_t group = ~std::uint64_t{0};

  /// Whether the group is another one than before and has to be filled in.
  [[nodiscard]] bool takes(std::uint64_t next) { return std::exchange(group, next) != next; }
};

/// Columns of a batch that are written together: rows lie powers of two apart, where single numbers
/// of 16 rows would push each other out of the cache.
inline constexpr std::uint64_t tile_cols = 16;

/// Calls column(col, out), which gives the batch's numbers of one column, for all columns in order.
template <class Column>
void write_columns(std::uint64_t cols, std::uint64_t rows, float* out, Column column) {
  std::array<std::array<float, batch_rows>, tile_cols> tile;
  for (std::uint64_t first = 0; first < cols; first += tile_cols) {
    const auto here = std::min(tile_cols, cols - first);
    for (std::uint64_t i = 0; i < here; ++i) {
      column(first + i, tile[i].data());
    }
    for (std::uint64_t row = 0; row < rows; ++row) {
      for (std::uint64_t i = 0; i < here; ++i) {
        out[row * cols + first + i] = tile[i][row];
      }
    }
  }
}

/// dequantize for fp8_e4m3, int8 and mxfp4; awq_int4; gptq_int4. Requires: as of dequantize; at
/// most batch_rows rows of int4.
void dequantize_bytes(const quantized_matrix& from, std::uint64_t first, std::uint64_t count,
                      float* out);
void dequantize_awq(const quantized_matrix& from, std::uint64_t first, std::uint64_t count,
                    float* out);
void dequantize_gptq(const quantized_matrix& from, std::uint64_t first, std::uint64_t count,
                     float* out);

} // namespace troupe::engine
