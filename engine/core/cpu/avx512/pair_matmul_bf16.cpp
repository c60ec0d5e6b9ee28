// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/avx512/avx512_ops.hpp"
#include "engine/core/cpu/avx512/pair_sweep.hpp"
#include "engine/core/ops/pair_matmul.hpp"

namespace troupe::engine::cpu::avx512 {
namespace {

struct bf16_step {
  using element = std::uint16_t;
  using weights = __m512i;
  static __m512i load(__m512i both) { return both; }
  static __m512i pair(const std::uint16_t* x) {
    int both = 0;
    __builtin_memcpy(&both, x, sizeof both);
    return _mm512_set1_epi32(both);
  }
  static __m512 add(__m512 acc, __m512i x, __m512i w) {
    return _mm512_dpbf16_ps(acc, reinterpret_cast<__m512bh>(x), reinterpret_cast<__m512bh>(w));
  }
};

} // namespace

std::uint64_t spin_pairs(std::uint64_t count) {
  constexpr int chains = 12;
  __m512 acc[chains];
#pragma GCC unroll 12
  for (int c = 0; c < chains; ++c) {
    acc[c] = _mm512_setzero_ps();
    asm volatile("" : "+v"(acc[c])); // Each its own number, as far as the compiler knows.
  }
  const auto ones = _mm512_set1_epi16(0x3f80);
  for (std::uint64_t i = 0; i < count; ++i) {
#pragma GCC unroll 12
    for (int c = 0; c < chains; ++c) {
      acc[c] = bf16_step::add(acc[c], ones, ones);
    }
  }
#pragma GCC unroll 12
  for (int c = 0; c < chains; ++c) {
    asm volatile("" : : "v"(acc[c]));
  }
  return count * chains * 32 * 2;
}

void pair_matmul_bf16(const ops::pair_matmul_args& args) {
  check(args);
  multiply_all<bf16_step>(args, args.x.pairs);
}

} // namespace troupe::engine::cpu::avx512
