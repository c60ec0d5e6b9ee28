// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/avx2/avx2_ops.hpp"
#include "engine/core/cpu/avx2/exp_avx2.hpp"
#include "runtime/base/check.hpp"

namespace troupe::engine::cpu::avx2 {
namespace {

__m256 silu_mul_eight(const float* gate, const float* up) {
  const __m256 g = _mm256_loadu_ps(gate);
  const __m256 minus = _mm256_xor_ps(g, _mm256_set1_ps(-0.0F));
  const __m256 divisor = _mm256_add_ps(_mm256_set1_ps(1.0F), exp_eight(minus));
  return _mm256_mul_ps(_mm256_div_ps(g, divisor), _mm256_loadu_ps(up));
}

} // namespace

void silu_mul(const ops::silu_mul_args& args) {
  TROUPE_CHECK(args.rows >= 1 && args.cols >= 1);
  const auto cols = static_cast<std::size_t>(args.cols);
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const float* gate = args.gate_up + r * args.gate_up_stride;
    const float* up = gate + cols;
    float* out = args.out + r * args.out_stride;
    std::size_t c = 0;
    for (; c + 8 <= cols; c += 8) {
      _mm256_storeu_ps(out + c, silu_mul_eight(gate + c, up + c));
    }
    if (c < cols) {
      float tail[3][8] = {};
      for (std::size_t i = 0; c + i < cols; ++i) {
        tail[0][i] = gate[c + i];
        tail[1][i] = up[c + i];
      }
      _mm256_storeu_ps(tail[2], silu_mul_eight(tail[0], tail[1]));
      for (std::size_t i = 0; c + i < cols; ++i) {
        out[c + i] = tail[2][i];
      }
    }
  }
}

} // namespace troupe::engine::cpu::avx2
