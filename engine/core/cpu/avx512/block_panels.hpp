// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <immintrin.h>

/// How the weights of one panel of each type of blocks are read: integers as unsigned bytes, and
/// what the sums of their products are multiplied by. Only for the AVX-512 translation units;
/// nothing of it is left out of line.
namespace troupe::engine::cpu::avx512 {

static constexpr std::size_t width = 16;
static constexpr std::size_t block = 32;
static constexpr std::size_t k_runs = 8; ///< Of 32 inputs in a k block.

/// Links of a block's chain, as ops/block_matmul.hpp has them.
enum class chain {
  scaled,       ///< One, by the scale.
  with_minimum, ///< q4_k, int4
  of_halves,    ///< q6_k
};

/// The weights of one panel as it is packed; `offset` is what integers are above
/// their values.
struct q8_panel {
  static constexpr auto kind = chain::scaled;
  static constexpr int offset = 128;
  const std::uint8_t* integers;
  const std::byte* halves;

  [[nodiscard]] q8_panel at(std::size_t b) const {
    return {integers + b * block * width, halves + b * width * 2};
  }
  [[nodiscard]] __m512i weights(std::size_t b, int group) const {
    return _mm512_loadu_si512(integers + b * block * width + static_cast<std::size_t>(group) * 64);
  }
  [[nodiscard]] __m512 scales(std::size_t b) const {
    return _mm512_cvtph_ps(
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(halves + b * width * 2)));
  }
};

struct q4_panel {
  static constexpr auto kind = chain::scaled;
  static constexpr int offset = 8;
  const std::uint8_t* integers;
  const std::byte* halves;

  [[nodiscard]] __m512i weights(std::size_t b, int group) const {
    const __m512i both = _mm512_loadu_si512(integers + b * block * width / 2
                                            + static_cast<std::size_t>(group % 4) * 64);
    return _mm512_and_si512(group < 4 ? both : _mm512_srli_epi16(both, 4), _mm512_set1_epi8(15));
  }
  [[nodiscard]] __m512 scales(std::size_t b) const {
    return _mm512_cvtph_ps(
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(halves + b * width * 2)));
  }
};

/// The two factors of a k block for 32 of its inputs.
static inline __m512 k_factor(const std::byte* parts, const std::byte* halves, std::size_t b,
                              int which) {
  const auto number = static_cast<std::size_t>(which);
  const auto part = _mm512_cvtepi8_epi32(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(parts + (b * 2 + number) * width)));
  const auto scale = _mm512_cvtph_ps(_mm256_loadu_si256(
      reinterpret_cast<const __m256i*>(halves + (b / k_runs * 2 + number) * width * 2)));
  return _mm512_mul_ps(scale, _mm512_cvtepi32_ps(part));
}

struct q4_k_panel {
  static constexpr auto kind = chain::with_minimum;
  static constexpr int offset = 0;
  const std::uint8_t* integers;
  const std::byte* parts;
  const std::byte* halves;

  [[nodiscard]] __m512i weights(std::size_t b, int group) const {
    return q4_panel{integers, nullptr}.weights(b, group);
  }
  [[nodiscard]] __m512 factor(std::size_t b, int which) const {
    return k_factor(parts, halves, b, which);
  }
};

struct q6_k_panel {
  static constexpr auto kind = chain::of_halves;
  static constexpr int offset = 32;
  const std::uint8_t* integers;
  const std::byte* parts;
  const std::byte* halves;

  /// Low four bits, and the upper two from where they stand of each of four groups.
  [[nodiscard]] __m512i weights(std::size_t b, int group) const {
    const auto* at = integers + b * block * width * 6 / 8;
    const auto low = q4_panel{at, nullptr}.weights(0, group);
    const auto four = _mm512_loadu_si512(at + (4 + static_cast<std::size_t>(group) / 4) * 64);
    const auto upper = group % 4 == 0   ? _mm512_slli_epi16(four, 4)
                       : group % 4 == 1 ? _mm512_slli_epi16(four, 2)
                       : group % 4 == 2 ? four
                                        : _mm512_srli_epi16(four, 2);
    constexpr int low_or_masked_upper = 0xf8;
    return _mm512_ternarylogic_epi32(low, upper, _mm512_set1_epi8(0x30), low_or_masked_upper);
  }
  [[nodiscard]] __m512 factor(std::size_t b, int which) const {
    return k_factor(parts, halves, b, which);
  }
};

/// The zeros lie where a k block's scales do.
struct int4_panel {
  static constexpr auto kind = chain::with_minimum;
  static constexpr int offset = 0;
  const std::uint8_t* integers;
  const std::byte* halves;
  const std::byte* zeros;

  [[nodiscard]] __m512i weights(std::size_t b, int group) const {
    return q4_panel{integers, nullptr}.weights(b, group);
  }
  [[nodiscard]] __m512 factor(std::size_t b, int which) const {
    const auto scale = q4_panel{nullptr, halves}.scales(b);
    if (which == 0) {
      return scale;
    }
    const auto zero =
        _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(zeros + b * width)));
    return _mm512_mul_ps(scale, _mm512_cvtepi32_ps(zero));
  }
};

struct mxfp4_panel {
  static constexpr auto kind = chain::scaled;
  static constexpr int offset = 12;
  const std::uint8_t* integers;
  const std::byte* powers;

  /// fp4_doubled and the offset, by code.
  [[nodiscard]] __m512i weights(std::size_t b, int group) const {
    const auto table = _mm512_broadcast_i32x4(
        _mm_setr_epi8(12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0));
    return _mm512_shuffle_epi8(table, q4_panel{integers, nullptr}.weights(b, group));
  }
  [[nodiscard]] __m512 scales(std::size_t b) const {
    const auto power =
        _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(powers + b * width)));
    const auto bits = _mm512_slli_epi32(_mm512_sub_epi32(power, _mm512_set1_epi32(1)), 23);
    return _mm512_castsi512_ps(
        _mm512_maskz_mov_epi32(_mm512_cmpge_epi32_mask(power, _mm512_set1_epi32(2)), bits));
  }
};

struct int8_panel {
  static constexpr auto kind = chain::scaled;
  static constexpr int offset = 128;
  const std::uint8_t* integers;
  const std::byte* floats;

  [[nodiscard]] int8_panel at(std::size_t b) const {
    return {integers + b * block * width, floats + b * width * sizeof(float)};
  }
  [[nodiscard]] __m512i weights(std::size_t b, int group) const {
    return q8_panel{integers, nullptr}.weights(b, group);
  }
  [[nodiscard]] __m512 scales(std::size_t b) const {
    return _mm512_loadu_ps(floats + b * width * sizeof(float));
  }
};

template <class Panel>
static constexpr bool has_factors = Panel::kind != chain::scaled;

/// A stretch of a panel, a byte per integer and scales of fp32, of k blocks both factors.
template <chain Kind, int Offset>
struct wide_panel {
  static constexpr auto kind = Kind;
  static constexpr int offset = Offset;
  const std::uint8_t* integers;
  const float* floats;

  [[nodiscard]] __m512i weights(std::size_t b, int group) const {
    return _mm512_loadu_si512(integers + b * block * width + static_cast<std::size_t>(group) * 64);
  }
  [[nodiscard]] __m512 scales(std::size_t b) const { return _mm512_loadu_ps(floats + b * width); }
  [[nodiscard]] __m512 factor(std::size_t b, int which) const {
    return _mm512_loadu_ps(floats + (b * 2 + static_cast<std::size_t>(which)) * width);
  }
};

} // namespace troupe::engine::cpu::avx512
