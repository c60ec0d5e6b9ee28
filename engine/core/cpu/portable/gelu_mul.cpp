// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/exp.hpp"
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

#include <cmath>

namespace troupe::engine::cpu::portable {

void gelu_mul(const ops::silu_mul_args& args) {
  constexpr float minus_twice_scale = -1.5957691216057308F; // -2 sqrt(2 / pi)
  TROUPE_CHECK(args.rows >= 1 && args.cols >= 1);
  const auto cols = static_cast<std::size_t>(args.cols);
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const float* gate = args.gate_up + r * args.gate_up_stride;
    const float* up = gate + cols;
    float* out = args.out + r * args.out_stride;
    for (std::size_t c = 0; c < cols; ++c) {
      const float g = gate[c];
      const float power = std::fma(0.044715F, g * g, 1.0F) * g * minus_twice_scale;
      out[c] = g / (1.0F + exp_f32(power)) * up[c];
    }
  }
}

} // namespace troupe::engine::cpu::portable
