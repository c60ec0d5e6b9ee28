// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace troupe::engine::cpu::portable {
namespace {

constexpr auto block = static_cast<std::size_t>(ops::block_inputs);

/// Adding it and taking it away again rounds to the nearest integer, halves to even.
constexpr float rounder = 12582912.0F; // 1.5 * 2^23

constexpr float smallest = 0x1p-100F;

struct scaled {
  float scale;
  std::int32_t sum;
};

scaled quantize_block(const float* x, std::int8_t* values) {
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < block; ++i) {
    largest = std::max(largest, std::bit_cast<std::uint32_t>(x[i]) & 0x7fffffffU);
  }
  const auto magnitude = std::bit_cast<float>(largest);
  const bool is_finite = largest < 0x7f800000U;
  if (!is_finite || magnitude < smallest) {
    std::fill_n(values, block, std::int8_t{0});
    return {is_finite ? 0.0F : std::numeric_limits<float>::quiet_NaN(), 0};
  }
  const float factor = 127.0F / magnitude;
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < block; ++i) {
    const auto value = static_cast<std::int32_t>((x[i] * factor + rounder) - rounder);
    values[i] = static_cast<std::int8_t>(value);
    sum += value;
  }
  return {magnitude / 127.0F, sum};
}

} // namespace

void quantize_rows(const ops::quantize_rows_args& args) {
  TROUPE_CHECK(args.rows >= 1 && args.inputs % ops::block_inputs == 0);
  const auto blocks = static_cast<std::size_t>(args.inputs) / block;
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    for (std::size_t b = 0; b < blocks; ++b) {
      const auto at = r * blocks + b;
      const auto [scale, sum] =
          quantize_block(args.x + r * args.x_stride + b * block, args.out.values + at * block);
      args.out.scales[at] = scale;
      args.out.sums[at] = sum;
    }
  }
}

} // namespace troupe::engine::cpu::portable
