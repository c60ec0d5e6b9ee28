// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/ops/pair_matmul.hpp"

#include "engine/core/cpu/avx2/avx2_ops.hpp"
#include "engine/core/cpu/avx2/micro.hpp"

namespace troupe::engine::cpu::avx2 {
namespace {

constexpr std::size_t width = 16;

/// Inputs of a panel that all rows are multiplied with at a time: 16 KiB, half of a level 1 cache.
constexpr std::size_t stretch_inputs = 512;

/// Some rows by some panels, whose chains begin or go on in `out`.
struct job {
  const float* x;
  std::size_t x_stride;
  const std::uint16_t* w; ///< Of the first panel.
  std::size_t panel_stride;
  std::size_t inputs;
  float* out;
  std::size_t out_stride;
  bool is_first;
};

template <int R, int P>
void multiply_pairs(const job& j) {
  const auto high = _mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int>(0xffff0000U)));
  __m256 acc[R][2 * P];
  if (j.is_first) {
    clear<R, P>(acc);
  } else {
    load<R, P>(acc, j.out, j.out_stride);
  }
  for (std::size_t k = 0; k < j.inputs; k += 2) {
#pragma GCC unroll 8
    for (int i = 0; i < 2 * P; ++i) {
      const auto* at = j.w + static_cast<std::size_t>(i / 2) * j.panel_stride + k * width
                       + static_cast<std::size_t>(i % 2) * width;
      const auto both = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
      const auto odd = _mm256_and_ps(_mm256_castsi256_ps(both), high);
      const auto even = _mm256_castsi256_ps(_mm256_slli_epi32(both, 16));
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        const float* x = j.x + static_cast<std::size_t>(r) * j.x_stride + k;
        acc[r][i] = _mm256_fmadd_ps(_mm256_broadcast_ss(x + 1), odd, acc[r][i]);
        acc[r][i] = _mm256_fmadd_ps(_mm256_broadcast_ss(x), even, acc[r][i]);
      }
    }
  }
  store<R, P>(acc, j.out, j.out_stride);
}

/// From this many rows on, a stretch of a panel is widened once and used for all of them.
constexpr std::size_t widen_rows_min = 12;

/// Inputs that are widened at a time: 16 KiB of fp32.
constexpr std::size_t widen_inputs = 256;

/// The same, one panel, of a stretch that was widened: of each pair 16 odd ones, then 16 even ones.
template <int R>
void multiply_wide(const job& j, const float* wide) {
  __m256 acc[R][2];
  if (j.is_first) {
    clear<R, 1>(acc);
  } else {
    load<R, 1>(acc, j.out, j.out_stride);
  }
  for (std::size_t k = 0; k < j.inputs; k += 2) {
#pragma GCC unroll 2
    for (int odd = 1; odd >= 0; --odd) {
      const auto low = _mm256_load_ps(wide);
      const auto high = _mm256_load_ps(wide + width / 2);
      wide += width;
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        const auto x =
            _mm256_broadcast_ss(j.x + static_cast<std::size_t>(r) * j.x_stride + k + odd);
        acc[r][0] = _mm256_fmadd_ps(x, low, acc[r][0]);
        acc[r][1] = _mm256_fmadd_ps(x, high, acc[r][1]);
      }
    }
  }
  store<R, 1>(acc, j.out, j.out_stride);
}

void widen_stretch(const std::uint16_t* w, std::size_t inputs, float* wide) {
  const auto high = _mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int>(0xffff0000U)));
  constexpr std::size_t eight = width / 2;
  for (std::size_t k = 0; k < inputs; k += 2, w += 2 * width, wide += 2 * width) {
    for (std::size_t half = 0; half < 2; ++half) {
      const auto both = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w + half * width));
      _mm256_store_ps(wide + half * eight, _mm256_and_ps(_mm256_castsi256_ps(both), high));
      _mm256_store_ps(wide + width + half * eight,
                      _mm256_castsi256_ps(_mm256_slli_epi32(both, 16)));
    }
  }
}

constexpr int rows_max = 6;

/// multiply_wide for `rows` of up to rows_max.
template <int R = 1>
void multiply_wide_rows(const job& j, std::size_t rows, const float* wide) {
  if constexpr (R < rows_max) {
    if (rows > R) {
      multiply_wide_rows<R + 1>(j, rows, wide);
      return;
    }
  }
  multiply_wide<R>(j, wide);
}

/// The kernel for `rows` of up to rows_max.
template <int P, int R = 1>
void multiply_rows(const job& j, std::size_t rows) {
  if constexpr (R < rows_max) {
    if (rows > R) {
      multiply_rows<P, R + 1>(j, rows);
      return;
    }
  }
  multiply_pairs<R, P>(j);
}

template <int P>
void sweep_rows(job j, std::size_t rows) {
  while (rows > 0) {
    const auto now = static_cast<std::size_t>(next_rows(rows));
    multiply_rows<P>(j, now);
    rows -= now;
    j.x += now * j.x_stride;
    j.out += now * j.out_stride;
  }
}

job skip_panels(job j, std::size_t panels) {
  j.w += panels * j.panel_stride;
  j.out += panels * width;
  return j;
}

/// A row alone takes four panels at once, to keep eight chains in flight.
void one_row(job j, std::size_t panels) {
  for (; panels >= 4; panels -= 4) {
    multiply_pairs<1, 4>(j);
    j = skip_panels(j, 4);
  }
  for (; panels > 0; --panels) {
    multiply_pairs<1, 1>(j);
    j = skip_panels(j, 1);
  }
}

void sweep_wide(job j, std::size_t rows) {
  alignas(64) float wide[widen_inputs * width];
  widen_stretch(j.w, j.inputs, wide);
  while (rows > 0) {
    const auto now =
        rows >= widen_rows_min ? std::size_t{rows_max} : static_cast<std::size_t>(next_rows(rows));
    multiply_wide_rows(j, now, wide);
    rows -= now;
    j.x += now * j.x_stride;
    j.out += now * j.out_stride;
  }
}

void many_rows(job whole, std::size_t rows, std::size_t panels) {
  const bool widens = rows >= widen_rows_min;
  const auto stretch = widens ? widen_inputs : stretch_inputs;
  for (; panels > 0; --panels) {
    for (std::size_t k = 0; k < whole.inputs; k += stretch) {
      auto j = whole;
      const auto left = whole.inputs - k;
      j.x += k;
      j.w += k * width;
      j.inputs = left < stretch ? left : stretch;
      j.is_first = k == 0;
      if (widens) {
        sweep_wide(j, rows);
      } else {
        sweep_rows<1>(j, rows);
      }
    }
    whole = skip_panels(whole, 1);
  }
}

} // namespace

void pair_matmul(const ops::pair_matmul_args& args) {
  check(args);
  const auto inputs = (static_cast<std::size_t>(args.w.inputs) + 1) / 2 * 2;
  const auto first = static_cast<std::size_t>(args.panel_begin);
  const auto panels = static_cast<std::size_t>(args.panel_end - args.panel_begin);
  const auto rows = static_cast<std::size_t>(args.rows);
  const job j{.x = args.x.wide,
              .x_stride = inputs,
              .w = static_cast<const std::uint16_t*>(args.w.data) + first * inputs * width,
              .panel_stride = inputs * width,
              .inputs = inputs,
              .out = args.out + first * width,
              .out_stride = args.out_stride,
              .is_first = true};
  const auto before = _mm_getcsr();
  _mm_setcsr(before | 0x8040U); // Subnormal numbers are zeros, as the contract has them.
  if (rows == 1) {
    one_row(j, panels);
  } else {
    many_rows(j, rows, panels);
  }
  _mm_setcsr(before);
}

} // namespace troupe::engine::cpu::avx2
