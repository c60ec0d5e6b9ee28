// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/ops/block_matmul.hpp"

#include "engine/core/cpu/avx2/avx2_ops.hpp"

#include <immintrin.h>
#include <type_traits>

namespace troupe::engine::cpu::avx2 {
namespace {

constexpr std::size_t width = 16;
constexpr std::size_t block = 32;
constexpr std::size_t k_runs = 8; ///< Of 32 inputs in a k block.

/// Four neighbouring products of bytes, summed into each of eight lanes. The sums of two fit 16
/// bits: |w| <= 128 and |x| <= 127.
struct q8_panel {
  static constexpr std::size_t block_bytes = block * width;

  static __m256i weights(const std::uint8_t* integers, int group, int half) {
    const auto* at = integers + group * 64 + half * 32;
    return _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)),
                            _mm256_set1_epi8(static_cast<char>(0x80)));
  }
  static __m256i dot(__m256i w, __m256i x) {
    const auto pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
  }
};

struct q4_panel {
  static constexpr std::size_t block_bytes = block * width / 2;

  static __m256i weights(const std::uint8_t* integers, int group, int half) {
    const auto* at = integers + group % 4 * 64 + half * 32;
    const auto both = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    return _mm256_and_si256(group < 4 ? both : _mm256_srli_epi16(both, 4), _mm256_set1_epi8(15));
  }
  /// Of q, which is 8 above the weight.
  static __m256i dot(__m256i q, __m256i x) {
    return _mm256_madd_epi16(_mm256_maddubs_epi16(q, x), _mm256_set1_epi16(1));
  }
};

struct q4_k_panel : q4_panel {};

/// 32 taken off, it is a signed byte.
struct q6_k_panel {
  static constexpr std::size_t block_bytes = block * width * 6 / 8;

  /// Low four bits, and the upper two from where they stand of each of four groups.
  static __m256i weights(const std::uint8_t* integers, int group, int half) {
    const auto low = q4_panel::weights(integers, group, half);
    const auto* at = integers + (4 + group / 4) * 64 + half * 32;
    const auto four = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const auto upper = group % 4 == 0   ? _mm256_slli_epi16(four, 4)
                       : group % 4 == 1 ? _mm256_slli_epi16(four, 2)
                       : group % 4 == 2 ? four
                                        : _mm256_srli_epi16(four, 2);
    const auto all = _mm256_or_si256(low, _mm256_and_si256(upper, _mm256_set1_epi8(0x30)));
    return _mm256_sub_epi8(all, _mm256_set1_epi8(32));
  }
  static __m256i dot(__m256i w, __m256i x) { return q8_panel::dot(w, x); }
};

struct int4_panel : q4_panel {};

struct int8_panel : q8_panel {};

struct mxfp4_panel {
  static constexpr std::size_t block_bytes = block * width / 2;

  /// fp4_doubled by code.
  static __m256i weights(const std::uint8_t* integers, int group, int half) {
    const auto table = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12));
    return _mm256_shuffle_epi8(table, q4_panel::weights(integers, group, half));
  }
  static __m256i dot(__m256i w, __m256i x) { return q8_panel::dot(w, x); }
};

/// Where what multiplies the sums of one panel lies.
struct panel_scales {
  const std::uint8_t* first;  ///< Scales; of k blocks the parts, of mxfp4 the powers.
  const std::uint8_t* second; ///< Of k blocks the scales, of int4 the zeros.

  /// What the sum number `which` of eight outputs is multiplied by.
  template <class Panel>
  [[nodiscard]] __m256 factor(std::size_t b, int which, int half) const {
    if constexpr (std::is_same_v<Panel, mxfp4_panel>) {
      const auto power = _mm256_cvtepu8_epi32(eight(first + b * width + half * 8));
      const auto bits = _mm256_slli_epi32(_mm256_sub_epi32(power, _mm256_set1_epi32(1)), 23);
      return _mm256_castsi256_ps(
          _mm256_and_si256(bits, _mm256_cmpgt_epi32(power, _mm256_set1_epi32(1))));
    } else if constexpr (std::is_same_v<Panel, int8_panel>) {
      const auto* at = first + (b * width + static_cast<std::size_t>(half) * 8) * sizeof(float);
      return _mm256_castsi256_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)));
    } else if constexpr (std::is_same_v<Panel, q4_k_panel> || std::is_same_v<Panel, q6_k_panel>) {
      const auto number = static_cast<std::size_t>(which);
      const auto part = _mm256_cvtepi8_epi32(eight(first + (b * 2 + number) * width + half * 8));
      return _mm256_mul_ps(halves(second + (b / k_runs * 2 + number) * width * 2 + half * 16),
                           _mm256_cvtepi32_ps(part));
    } else {
      const auto scale = halves(first + b * width * 2 + half * 16);
      if (which == 0) {
        return scale;
      }
      const auto zero = _mm256_cvtepu8_epi32(eight(second + b * width + half * 8));
      return _mm256_mul_ps(scale, _mm256_cvtepi32_ps(zero));
    }
  }

private:
  static __m128i eight(const std::uint8_t* at) {
    return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(at));
  }
  static __m256 halves(const std::uint8_t* at) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
  }
};

template <class Panel, int R>
void multiply(const ops::block_matmul_args& args, std::size_t row, std::size_t panel) {
  const auto inputs = static_cast<std::size_t>(args.w.inputs);
  const auto blocks = inputs / block;
  const auto* integers = static_cast<const std::uint8_t*>(args.w.data)
                         + panel * ops::panel_bytes(args.w.type, args.w.inputs);
  const panel_scales factors{integers + ops::scales_at(args.w.type, args.w.inputs),
                             integers + ops::k_scales_at(args.w.type, args.w.inputs)};
  const auto* x = args.x.values + row * inputs;
  const auto* scales = args.x.scales + row * blocks;
  const auto* sums = args.x.sums + row * blocks;
  __m256 acc[R][2];
  for (int r = 0; r < R; ++r) {
    acc[r][0] = acc[r][1] = _mm256_setzero_ps();
  }
  constexpr bool has_minimum =
      std::is_same_v<Panel, q4_k_panel> || std::is_same_v<Panel, int4_panel>;
  constexpr bool has_halves = std::is_same_v<Panel, q6_k_panel>;
  constexpr int parts = has_halves ? 2 : 1;
  for (std::size_t b = 0; b < blocks; ++b) {
#pragma GCC unroll 2
    for (int part = 0; part < parts; ++part) {
      __m256i dot[R][2];
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        const auto at = static_cast<std::size_t>(r) * blocks + b;
        dot[r][0] = dot[r][1] = std::is_same_v<Panel, q4_panel> ? _mm256_set1_epi32(-8 * sums[at])
                                                                : _mm256_setzero_si256();
      }
#pragma GCC unroll 8
      for (int group = part * 8 / parts; group < (part + 1) * 8 / parts; ++group) {
        const auto low = Panel::weights(integers + b * Panel::block_bytes, group, 0);
        const auto high = Panel::weights(integers + b * Panel::block_bytes, group, 1);
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
          std::int32_t four = 0;
          __builtin_memcpy(&four,
                           x + static_cast<std::size_t>(r) * inputs + b * block
                               + static_cast<std::size_t>(group) * 4,
                           sizeof four);
          const auto value = _mm256_set1_epi32(four);
          dot[r][0] = _mm256_add_epi32(dot[r][0], Panel::dot(low, value));
          dot[r][1] = _mm256_add_epi32(dot[r][1], Panel::dot(high, value));
        }
      }
#pragma GCC unroll 2
      for (int half = 0; half < 2; ++half) {
        const auto scale = factors.factor<Panel>(b, part, half);
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
          const auto both = _mm256_mul_ps(
              scale, _mm256_set1_ps(scales[static_cast<std::size_t>(r) * blocks + b]));
          acc[r][half] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot[r][half]), both, acc[r][half]);
        }
      }
    }
#pragma GCC unroll 2
    for (int half = 0; has_minimum && half < 2; ++half) {
      const auto minimum = factors.factor<Panel>(b, 1, half);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        const auto at = static_cast<std::size_t>(r) * blocks + b;
        acc[r][half] =
            _mm256_fmadd_ps(_mm256_set1_ps(static_cast<float>(-sums[at])),
                            _mm256_mul_ps(minimum, _mm256_set1_ps(scales[at])), acc[r][half]);
      }
    }
  }
  for (int r = 0; r < R; ++r) {
    float* out = args.out + (row + static_cast<std::size_t>(r)) * args.out_stride + panel * width;
    _mm256_storeu_ps(out, acc[r][0]);
    _mm256_storeu_ps(out + 8, acc[r][1]);
  }
}

template <class Panel>
void multiply_all(const ops::block_matmul_args& args) {
  const auto rows = static_cast<std::size_t>(args.rows);
  for (auto panel = static_cast<std::size_t>(args.panel_begin);
       panel < static_cast<std::size_t>(args.panel_end); ++panel) {
    std::size_t row = 0;
    for (; row + 3 <= rows; row += 3) {
      multiply<Panel, 3>(args, row, panel);
    }
    if (rows - row == 2) {
      multiply<Panel, 2>(args, row, panel);
    } else if (rows - row == 1) {
      multiply<Panel, 1>(args, row, panel);
    }
  }
}

} // namespace

void block_matmul(const ops::block_matmul_args& args) {
  ops::check(args);
  switch (args.w.type) {
    case ops::dtype::q8_0:
      return multiply_all<q8_panel>(args);
    case ops::dtype::q4_k:
      return multiply_all<q4_k_panel>(args);
    case ops::dtype::q6_k:
      return multiply_all<q6_k_panel>(args);
    case ops::dtype::int4:
      return multiply_all<int4_panel>(args);
    case ops::dtype::int8:
      return multiply_all<int8_panel>(args);
    case ops::dtype::mxfp4:
      return multiply_all<mxfp4_panel>(args);
    default:
      return multiply_all<q4_panel>(args);
  }
}

} // namespace troupe::engine::cpu::avx2
