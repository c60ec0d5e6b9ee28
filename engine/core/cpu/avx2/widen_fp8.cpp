// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/avx2/avx2_ops.hpp"

#include <immintrin.h>

namespace troupe::engine::cpu::avx2 {

/// The exponent moves up by the difference of the biases; the eight magnitudes below the least
/// exponent come from a table.
void widen_fp8(const std::uint8_t* codes, std::size_t count, std::uint16_t* out) {
  const auto subnormal = _mm256_broadcastsi128_si256(_mm_setr_epi16(
      0, 0x3b00, 0x3b80, 0x3bc0, 0x3c00, 0x3c20, 0x3c40, 0x3c60)); // Multiples of 2^-9 as bf16.
  for (std::size_t i = 0; i < count; i += 16) {
    const auto code =
        _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(codes + i)));
    const auto magnitude = _mm256_and_si256(code, _mm256_set1_epi16(0x7f));
    const auto sign = _mm256_slli_epi16(_mm256_and_si256(code, _mm256_set1_epi16(0x80)), 8);
    const auto normal =
        _mm256_add_epi16(_mm256_slli_epi16(magnitude, 4), _mm256_set1_epi16(120 << 7));
    const auto bytes = _mm256_add_epi16(_mm256_mullo_epi16(magnitude, _mm256_set1_epi16(0x0202)),
                                        _mm256_set1_epi16(0x0100));
    const auto small = _mm256_shuffle_epi8(subnormal, bytes);
    const auto is_small = _mm256_cmpgt_epi16(_mm256_set1_epi16(8), magnitude);
    const auto all = _mm256_or_si256(_mm256_blendv_epi8(normal, small, is_small), sign);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), all);
  }
}

} // namespace troupe::engine::cpu::avx2
