// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/avx512/avx512_ops.hpp"

#include <immintrin.h>

namespace troupe::engine::cpu::avx512 {

/// As AVX2's.
void widen_fp8(const std::uint8_t* codes, std::size_t count, std::uint16_t* out) {
  const auto subnormal = _mm512_broadcast_i32x4(
      _mm_setr_epi16(0, 0x3b00, 0x3b80, 0x3bc0, 0x3c00, 0x3c20, 0x3c40, 0x3c60));
  for (std::size_t i = 0; i < count; i += 32) {
    const auto code =
        _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes + i)));
    const auto magnitude = _mm512_and_si512(code, _mm512_set1_epi16(0x7f));
    const auto sign = _mm512_slli_epi16(_mm512_and_si512(code, _mm512_set1_epi16(0x80)), 8);
    const auto normal =
        _mm512_add_epi16(_mm512_slli_epi16(magnitude, 4), _mm512_set1_epi16(120 << 7));
    const auto is_small = _mm512_cmplt_epu16_mask(magnitude, _mm512_set1_epi16(8));
    const auto all = _mm512_mask_permutexvar_epi16(normal, is_small, magnitude, subnormal);
    _mm512_storeu_si512(out + i, _mm512_or_si512(all, sign));
  }
}

} // namespace troupe::engine::cpu::avx512
