// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/avx512/avx512_ops.hpp"

#include <immintrin.h>

namespace troupe::engine::cpu::avx512 {

std::uint64_t spin_f32(std::uint64_t count) {
  constexpr int chains = 12;
  __m512 acc[chains];
#pragma GCC unroll 12
  for (int c = 0; c < chains; ++c) {
    acc[c] = _mm512_setzero_ps();
    asm volatile("" : "+v"(acc[c])); // Each its own number, as far as the compiler knows.
  }
  const auto half = _mm512_set1_ps(0.5F);
  const auto one = _mm512_set1_ps(1.0F);
  for (std::uint64_t i = 0; i < count; ++i) {
#pragma GCC unroll 12
    for (int c = 0; c < chains; ++c) {
      acc[c] = _mm512_fmadd_ps(acc[c], half, one);
    }
  }
#pragma GCC unroll 12
  for (int c = 0; c < chains; ++c) {
    asm volatile("" : : "v"(acc[c]));
  }
  return count * chains * 16 * 2;
}

std::uint64_t spin_int8(std::uint64_t count) {
  constexpr int chains = 12;
  __m512i acc[chains];
#pragma GCC unroll 12
  for (int c = 0; c < chains; ++c) {
    acc[c] = _mm512_setzero_si512();
    asm volatile("" : "+v"(acc[c])); // Each its own number, as far as the compiler knows.
  }
  const auto bytes = _mm512_set1_epi8(1);
  for (std::uint64_t i = 0; i < count; ++i) {
#pragma GCC unroll 12
    for (int c = 0; c < chains; ++c) {
      acc[c] = _mm512_dpbusd_epi32(acc[c], bytes, bytes);
    }
  }
#pragma GCC unroll 12
  for (int c = 0; c < chains; ++c) {
    asm volatile("" : : "v"(acc[c]));
  }
  return count * chains * 64 * 2;
}

std::uint64_t sum_of(const std::byte* data, std::size_t size_bytes) {
  __m512i sums[8];
  for (auto& one : sums) {
    one = _mm512_setzero_si512();
  }
  for (std::size_t at = 0; at < size_bytes; at += 512) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < 8; ++i) {
      sums[i] = _mm512_add_epi64(sums[i], _mm512_load_si512(data + at + i * 64));
    }
  }
  auto all = sums[0];
  for (int i = 1; i < 8; ++i) {
    all = _mm512_add_epi64(all, sums[i]);
  }
  return static_cast<std::uint64_t>(_mm512_reduce_add_epi64(all));
}

} // namespace troupe::engine::cpu::avx512
