// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/exp.hpp"
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

namespace troupe::engine::cpu::portable {

void swiglu_oai(const ops::silu_mul_args& args) {
  constexpr float limit = ops::swiglu_oai_limit;
  TROUPE_CHECK(args.rows >= 1 && args.cols >= 1);
  const auto cols = static_cast<std::size_t>(args.cols);
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const float* gate = args.gate_up + r * args.gate_up_stride;
    const float* up = gate + cols;
    float* out = args.out + r * args.out_stride;
    for (std::size_t c = 0; c < cols; ++c) {
      const float g = gate[c] > limit ? limit : gate[c];
      const float below = up[c] > limit ? limit : up[c];
      const float u = below < -limit ? -limit : below;
      out[c] = g / (1.0F + exp_f32(-ops::swiglu_oai_slope * g)) * (u + 1.0F);
    }
  }
}

} // namespace troupe::engine::cpu::portable
