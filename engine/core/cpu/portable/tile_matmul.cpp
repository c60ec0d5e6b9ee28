// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/portable/portable_ops.hpp"

#include <cmath>

namespace troupe::engine::cpu::portable {
namespace {

constexpr auto width = static_cast<std::size_t>(ops::panel_width);
constexpr std::size_t tile_inputs = 32;

float flushed(float value) {
  return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(0.0F, value) : value;
}

float number(std::uint16_t bits) {
  return flushed(ops::bf16_to_f32(bits));
}

/// x and w of one output, w a panel's width apart; `count` of a tile.
float sum_of_tile(const std::uint16_t* x, const std::uint16_t* w, std::size_t count) {
  float sums[2] = {};
  for (std::size_t k = 0; k < count; ++k) {
    const auto weight = w[k / 2 * 2 * width + k % 2];
    sums[k % 2] = flushed(std::fma(number(x[k]), number(weight), sums[k % 2]));
  }
  return flushed(sums[0] + sums[1]);
}

} // namespace

void tile_matmul(const ops::pair_matmul_args& args) {
  check(args);
  const auto inputs = static_cast<std::size_t>(ops::round_up_to_pair(args.w.inputs));
  for (auto p = static_cast<std::size_t>(args.panel_begin);
       p < static_cast<std::size_t>(args.panel_end); ++p) {
    const auto* w = static_cast<const std::uint16_t*>(args.w.data) + p * inputs * width;
    for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
      for (std::size_t n = 0; n < width; ++n) {
        float acc = 0;
        for (std::size_t k = 0; k < inputs; k += tile_inputs) {
          const auto left = inputs - k;
          acc = flushed(acc
                        + sum_of_tile(args.x.pairs + r * inputs + k, w + k * width + 2 * n,
                                      left < tile_inputs ? left : tile_inputs));
        }
        args.out[r * args.out_stride + p * width + n] = acc;
      }
    }
  }
}

} // namespace troupe::engine::cpu::portable
