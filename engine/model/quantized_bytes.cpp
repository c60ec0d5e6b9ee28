// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/quantized_codes.hpp"

#include <algorithm>
#include <array>

namespace troupe::engine {
namespace {

template <class Make>
constexpr auto table_of(Make make) {
  std::array<float, 256> all{};
  for (std::size_t code = 0; code < all.size(); ++code) {
    all[code] = make(static_cast<std::uint8_t>(code));
  }
  return all;
}

constexpr auto fp8_values = table_of(e4m3_to_f32);
constexpr auto int8_values =
    table_of([](std::uint8_t code) { return static_cast<float>(static_cast<std::int8_t>(code)); });
constexpr auto low_fp4_values = table_of([](std::uint8_t code) { return e2m1_to_f32(code & 15U); });
constexpr auto high_fp4_values =
    table_of([](std::uint8_t code) { return e2m1_to_f32(code >> 4U); });

void widen(const std::byte* codes, const std::array<float, 256>& values, float scale,
           std::uint64_t count, float* out) {
  for (std::uint64_t i = 0; i < count; ++i) {
    out[i] = values[std::to_integer<std::size_t>(codes[i])] * scale;
  }
}

void widen_pairs(const std::byte* codes, float scale, std::uint64_t count, float* out) {
  for (std::uint64_t i = 0; i < count; i += 2) {
    const auto pair = std::to_integer<std::size_t>(codes[i / 2]);
    out[i] = low_fp4_values[pair] * scale;
    out[i + 1] = high_fp4_values[pair] * scale;
  }
}

} // namespace

void dequantize_bytes(const quantized_matrix& from, std::uint64_t first, std::uint64_t count,
                      float* out) {
  const bool is_paired = from.codes_are == code_format::mxfp4;
  const auto& values = from.codes_are == code_format::fp8_e4m3 ? fp8_values : int8_values;
  const auto groups = from.column_groups();
  for (auto row = first; row < first + count; ++row) {
    for (std::uint64_t group = 0; group < groups; ++group) {
      const auto col = group * from.group_cols;
      const auto here = std::min(from.group_cols, from.cols - col);
      const float scale = scale_at(from, row / from.group_rows * groups + group);
      const auto at = row * from.cols + col;
      if (is_paired) {
        widen_pairs(from.codes.data() + at / 2, scale, here, out + col);
      } else {
        widen(from.codes.data() + at, values, scale, here, out + col);
      }
    }
    out += from.cols;
  }
}

} // namespace troupe::engine
