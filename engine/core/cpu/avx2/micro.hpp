// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <immintrin.h>

/// The inner kernel that matmul and attention share: R rows times P groups of 16 columns, one fma
/// chain per output. Only for the AVX2 translation units; everything is `static`.
namespace troupe::engine::cpu::avx2 {

/// How eight weights of each stored type become fp32; all exact.
struct load_f32 {
  using element = float;
  static __m256 eight(const float* w) { return _mm256_loadu_ps(w); }
};
struct load_f16 {
  using element = std::uint16_t;
  static __m256 eight(const std::uint16_t* w) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(w)));
  }
};

/// Continues acc[r][...] by `count` steps: acc[r][2p], acc[r][2p+1] += x[r][k] * w[p][k][0..15].
/// x has row stride x_stride; w[p] advances w_stride elements per step.
template <class Load, int R, int P>
static inline __attribute__((always_inline)) void multiply(
    __m256 (&acc)[R][2 * P], const float* x, std::size_t x_stride,
    const typename Load::element* const (&w)[P], std::size_t w_stride, std::size_t count) {
  for (std::size_t k = 0; k < count; ++k) {
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      const __m256 low = Load::eight(w[p] + k * w_stride);
      const __m256 high = Load::eight(w[p] + k * w_stride + 8);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        const __m256 value = _mm256_broadcast_ss(x + static_cast<std::size_t>(r) * x_stride + k);
        acc[r][2 * p] = _mm256_fmadd_ps(value, low, acc[r][2 * p]);
        acc[r][2 * p + 1] = _mm256_fmadd_ps(value, high, acc[r][2 * p + 1]);
      }
    }
  }
}

template <int R, int P>
static inline __attribute__((always_inline)) void clear(__m256 (&acc)[R][2 * P]) {
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int i = 0; i < 2 * P; ++i) {
      acc[r][i] = _mm256_setzero_ps();
    }
  }
}

template <int R, int P>
static inline __attribute__((always_inline)) void load(__m256 (&acc)[R][2 * P], const float* from,
                                                       std::size_t stride) {
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int i = 0; i < 2 * P; ++i) {
      acc[r][i] = _mm256_loadu_ps(from + static_cast<std::size_t>(r) * stride + 8U * i);
    }
  }
}

template <int R, int P>
static inline __attribute__((always_inline)) void store(const __m256 (&acc)[R][2 * P], float* to,
                                                        std::size_t stride) {
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int i = 0; i < 2 * P; ++i) {
      _mm256_storeu_ps(to + static_cast<std::size_t>(r) * stride + 8U * i, acc[r][i]);
    }
  }
}

/// Sums 16 lanes by halving, as the portable path does.
static inline float sum_lanes(__m256 low, __m256 high) {
  const __m256 eight = _mm256_add_ps(low, high);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

/// Rows that the next kernel takes of `left`: at most 6, and balanced, since a kernel of one row
/// costs nearly as much as one of three.
static inline int next_rows(std::size_t left) {
  const std::size_t groups = (left + 5) / 6;
  return static_cast<int>((left + groups - 1) / groups);
}

} // namespace troupe::engine::cpu::avx2
