// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/exp.hpp"

#include <bit>
#include <cmath>
#include <cstdint>

namespace troupe::engine::cpu {

float exp_f32(float x) {
  // These comparisons answer as MAXPS and MINPS do, also for a NaN.
  const float above = exp_low > x ? exp_low : x;
  const float clamped = exp_high < above ? exp_high : above;
  const float n = std::fma(clamped, exp_per_ln2, exp_round) - exp_round;
  float r = std::fma(n, -exp_ln2_high, clamped);
  r = std::fma(n, -exp_ln2_low, r);
  float sum = exp_terms[0];
  for (std::size_t i = 1; i < exp_terms.size(); ++i) {
    sum = std::fma(sum, r, exp_terms[i]);
  }
  if (!(n >= -126.0F && n <= 127.0F)) {
    return sum; // Only a NaN comes here.
  }
  const auto power = static_cast<std::uint32_t>(static_cast<std::int32_t>(n) + 127) << 23U;
  return sum * std::bit_cast<float>(power);
}

float tanh_f32(float x) {
  const float size = std::fabs(x);
  if (size < 0.25F) {
    const float square = x * x;
    float sum = std::fma(square, 62.0F / 2835, -17.0F / 315);
    sum = std::fma(sum, square, 2.0F / 15);
    sum = std::fma(sum, square, -1.0F / 3);
    return std::fma(sum * square, x, x);
  }
  return std::copysign(1.0F - 2.0F / (exp_f32(2.0F * size) + 1.0F), x);
}

} // namespace troupe::engine::cpu
