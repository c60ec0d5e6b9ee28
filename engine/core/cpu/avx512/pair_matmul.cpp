// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/ops/pair_matmul.hpp"

#include "engine/core/cpu/avx512/avx512_ops.hpp"
#include "engine/core/cpu/avx512/pair_sweep.hpp"

namespace troupe::engine::cpu::avx512 {
namespace {

/// For processors without an instruction for pairs: its two fma in fp32.
struct wide_step {
  using element = float;
  struct weights {
    __m512 odd;
    __m512 even;
  };
  static weights load(__m512i both) {
    const auto high = _mm512_set1_epi32(static_cast<int>(0xffff0000U));
    return {_mm512_castsi512_ps(_mm512_and_si512(both, high)),
            _mm512_castsi512_ps(_mm512_slli_epi32(both, 16))};
  }
  static weights pair(const float* x) { return {_mm512_set1_ps(x[1]), _mm512_set1_ps(x[0])}; }
  static __m512 add(__m512 acc, const weights& x, const weights& w) {
    return _mm512_fmadd_ps(x.even, w.even, _mm512_fmadd_ps(x.odd, w.odd, acc));
  }
};

} // namespace

void pair_matmul(const ops::pair_matmul_args& args) {
  check(args);
  const auto before = _mm_getcsr();
  _mm_setcsr(before | 0x8040U); // Subnormal numbers are zeros, as the contract has them.
  multiply_all<wide_step>(args, args.x.wide);
  _mm_setcsr(before);
}

} // namespace troupe::engine::cpu::avx512
