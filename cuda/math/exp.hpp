// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/math/numbers.hpp"
#include "engine/core/cpu/exp.hpp"

/// exp and tanh step by step as engine/core/cpu/exp.hpp describes them: the same bits as on the CPU
/// wherever fma is exact, which it is on every device. Checked: test/gpu/row_ops_test.cpp
namespace troupe::cuda {

TROUPE_ANYWHERE inline float exp_f32(float x) {
  namespace cpu = engine::cpu;
  const float above = cpu::exp_low > x ? cpu::exp_low : x;
  const float clamped = cpu::exp_high < above ? cpu::exp_high : above;
  const float n = fmaf(clamped, cpu::exp_per_ln2, cpu::exp_round) - cpu::exp_round;
  float r = fmaf(n, -cpu::exp_ln2_high, clamped);
  r = fmaf(n, -cpu::exp_ln2_low, r);
  float sum = 1.0F / 5040;
  sum = fmaf(sum, r, 1.0F / 720);
  sum = fmaf(sum, r, 1.0F / 120);
  sum = fmaf(sum, r, 1.0F / 24);
  sum = fmaf(sum, r, 1.0F / 6);
  sum = fmaf(sum, r, 0.5F);
  sum = fmaf(sum, r, 1.0F);
  sum = fmaf(sum, r, 1.0F);
  if (!(n >= -126.0F && n <= 127.0F)) {
    return sum; // Only a NaN comes here.
  }
  return sum * bits_to_float(static_cast<std::uint32_t>(static_cast<std::int32_t>(n) + 127) << 23U);
}

TROUPE_ANYWHERE inline float tanh_f32(float x) {
  const float size = fabsf(x);
  if (size < 0.25F) {
    const float square = x * x;
    float sum = fmaf(square, 62.0F / 2835, -17.0F / 315);
    sum = fmaf(sum, square, 2.0F / 15);
    sum = fmaf(sum, square, -1.0F / 3);
    return fmaf(sum * square, x, x);
  }
  return copysignf(1.0F - 2.0F / (exp_f32(2.0F * size) + 1.0F), x);
}

} // namespace troupe::cuda
