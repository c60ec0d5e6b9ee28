// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/avx2/avx2_ops.hpp"

#include <immintrin.h>

namespace troupe::engine::cpu::avx2 {

void scale_add(const ops::scale_add_args& args) {
  const auto* scale = reinterpret_cast<const __m256i*>(args.scale);
  const auto low = _mm256_castsi256_ps(_mm256_loadu_si256(scale));
  const auto high = _mm256_castsi256_ps(_mm256_loadu_si256(scale + 1));
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const auto* x = args.x + r * args.x_stride;
    auto* out = args.out + r * args.out_stride;
    const auto first = args.is_first ? _mm256_setzero_ps() : _mm256_loadu_ps(out);
    const auto second = args.is_first ? _mm256_setzero_ps() : _mm256_loadu_ps(out + 8);
    _mm256_storeu_ps(out, _mm256_fmadd_ps(_mm256_loadu_ps(x), low, first));
    _mm256_storeu_ps(out + 8, _mm256_fmadd_ps(_mm256_loadu_ps(x + 8), high, second));
  }
}

} // namespace troupe::engine::cpu::avx2
