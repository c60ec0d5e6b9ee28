// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/avx2/avx2_ops.hpp"
#include "engine/core/cpu/avx2/micro.hpp"
#include "runtime/base/check.hpp"

namespace troupe::engine::cpu::avx2 {
namespace {

float inverse_rms(const float* x, std::size_t cols, float eps) {
  __m256 low = _mm256_setzero_ps();
  __m256 high = _mm256_setzero_ps();
  std::size_t c = 0;
  for (; c + 16 <= cols; c += 16) {
    const __m256 a = _mm256_loadu_ps(x + c);
    const __m256 b = _mm256_loadu_ps(x + c + 8);
    low = _mm256_fmadd_ps(a, a, low);
    high = _mm256_fmadd_ps(b, b, high);
  }
  if (c < cols) {
    alignas(32) float tail[16] = {};
    for (std::size_t i = 0; c + i < cols; ++i) {
      tail[i] = x[c + i];
    }
    const __m256 a = _mm256_load_ps(tail);
    const __m256 b = _mm256_load_ps(tail + 8);
    low = _mm256_fmadd_ps(a, a, low);
    high = _mm256_fmadd_ps(b, b, high);
  }
  const float mean = sum_lanes(low, high) / static_cast<float>(cols);
  return 1.0F / _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(mean + eps)));
}

} // namespace

void rms_norm(const ops::rms_norm_args& args) {
  TROUPE_CHECK(args.rows >= 1 && args.cols >= 1);
  const auto cols = static_cast<std::size_t>(args.cols);
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const float* x = args.x + r * args.x_stride;
    float* out = args.out + r * args.out_stride;
    const float inverse = inverse_rms(x, cols, args.eps);
    for (std::size_t c = 0; c < cols; ++c) {
      out[c] = x[c] * inverse * args.weight[c];
    }
  }
}

} // namespace troupe::engine::cpu::avx2
