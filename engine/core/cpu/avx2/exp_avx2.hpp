// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/exp.hpp"

#include <immintrin.h>

namespace troupe::engine::cpu::avx2 {

/// Eight times exp_f32, bit for bit.
static inline __m256 exp_eight(__m256 x) {
  const __m256 above = _mm256_max_ps(_mm256_set1_ps(exp_low), x);
  const __m256 clamped = _mm256_min_ps(_mm256_set1_ps(exp_high), above);
  const __m256 round = _mm256_set1_ps(exp_round);
  const __m256 n =
      _mm256_sub_ps(_mm256_fmadd_ps(clamped, _mm256_set1_ps(exp_per_ln2), round), round);
  __m256 r = _mm256_fmadd_ps(n, _mm256_set1_ps(-exp_ln2_high), clamped);
  r = _mm256_fmadd_ps(n, _mm256_set1_ps(-exp_ln2_low), r);
  constexpr const float* terms = &exp_terms.front();
  __m256 sum = _mm256_set1_ps(terms[0]);
#pragma GCC unroll 8
  for (int i = 1; i < 8; ++i) {
    sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(terms[i]));
  }
  const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
  return _mm256_mul_ps(sum, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
}

} // namespace troupe::engine::cpu::avx2
