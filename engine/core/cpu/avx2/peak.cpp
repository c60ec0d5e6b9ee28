// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/avx2/avx2_ops.hpp"

#include <immintrin.h>

namespace troupe::engine::cpu::avx2 {

std::uint64_t spin_f32(std::uint64_t count) {
  constexpr int chains = 12;
  __m256 acc[chains];
#pragma GCC unroll 12
  for (int c = 0; c < chains; ++c) {
    acc[c] = _mm256_setzero_ps();
    asm volatile("" : "+x"(acc[c])); // Each its own number, as far as the compiler knows.
  }
  const auto half = _mm256_set1_ps(0.5F);
  const auto one = _mm256_set1_ps(1.0F);
  for (std::uint64_t i = 0; i < count; ++i) {
#pragma GCC unroll 12
    for (int c = 0; c < chains; ++c) {
      acc[c] = _mm256_fmadd_ps(acc[c], half, one);
    }
  }
#pragma GCC unroll 12
  for (int c = 0; c < chains; ++c) {
    asm volatile("" : : "x"(acc[c]));
  }
  return count * chains * 8 * 2;
}

} // namespace troupe::engine::cpu::avx2
