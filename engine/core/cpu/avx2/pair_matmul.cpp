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

constexpr int rows_max = 6;

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

void many_rows(job whole, std::size_t rows, std::size_t panels) {
  for (; panels > 0; --panels) {
    for (std::size_t k = 0; k < whole.inputs; k += stretch_inputs) {
      auto j = whole;
      const auto left = whole.inputs - k;
      j.x += k;
      j.w += k * width;
      j.inputs = left < stretch_inputs ? left : stretch_inputs;
      j.is_first = k == 0;
      sweep_rows<1>(j, rows);
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
