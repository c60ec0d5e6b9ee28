// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/ops/pair_matmul.hpp"

#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

#include <cmath>

namespace troupe::engine::ops {

void check(const pair_matmul_args& args) {
  TROUPE_CHECK(args.rows >= 1);
  TROUPE_CHECK(args.panel_begin >= 0 && args.panel_begin < args.panel_end);
  TROUPE_CHECK(args.panel_end <= args.w.panels());
  TROUPE_CHECK(args.w.type == dtype::bf16);
}

} // namespace troupe::engine::ops

namespace troupe::engine::cpu::portable {
namespace {

constexpr auto width = static_cast<std::size_t>(ops::panel_width);

constexpr float smallest = 0x1p-126F;

/// Numbers below round to less than `smallest` in 24 bits, though some of them to `smallest`
/// itself where the last bit is that of a subnormal.
constexpr double tiny = 0x1p-126 - 0x1p-151;

/// Requires: no subnormal number among them.
float flushed_fma(float x, float w, float acc) {
  const float sum = std::fma(x, w, acc);
  const float magnitude = std::fabs(sum);
  if (magnitude > smallest || std::isnan(sum)) {
    return sum;
  }
  // So near to the border the sum in double is exact: what cancelled was of a similar size.
  const bool is_tiny = magnitude < smallest || std::fabs(static_cast<double>(x) * w + acc) < tiny;
  return is_tiny ? std::copysign(0.0F, sum) : sum;
}

float flushed(std::uint16_t bits) {
  const bool is_subnormal = (bits & 0x7f80U) == 0;
  return ops::bf16_to_f32(static_cast<std::uint16_t>(is_subnormal ? bits & 0x8000U : bits));
}

void multiply_panel(const ops::pair_matmul_args& args, std::size_t panel) {
  const auto inputs = static_cast<std::size_t>(ops::round_up_to_pair(args.w.inputs));
  const auto* w = static_cast<const std::uint16_t*>(args.w.data) + panel * inputs * width;
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const auto* x = args.x.pairs + r * inputs;
    float sums[width] = {};
    for (std::size_t k = 0; k < inputs; k += 2) {
      const float even = flushed(x[k]);
      const float odd = flushed(x[k + 1]);
      for (std::size_t n = 0; n < width; ++n) {
        const auto* pair = w + k * width + 2 * n;
        sums[n] = flushed_fma(odd, flushed(pair[1]), sums[n]);
        sums[n] = flushed_fma(even, flushed(pair[0]), sums[n]);
      }
    }
    for (std::size_t n = 0; n < width; ++n) {
      args.out[r * args.out_stride + panel * width + n] = sums[n];
    }
  }
}

} // namespace

void pair_matmul(const ops::pair_matmul_args& args) {
  check(args);
  for (auto panel = args.panel_begin; panel < args.panel_end; ++panel) {
    multiply_panel(args, static_cast<std::size_t>(panel));
  }
}

} // namespace troupe::engine::cpu::portable
