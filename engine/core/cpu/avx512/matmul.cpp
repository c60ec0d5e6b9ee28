// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/avx512/avx512_ops.hpp"
#include "runtime/base/check.hpp"

#include <immintrin.h>

namespace troupe::engine::cpu::avx512 {
namespace {

constexpr std::size_t width = 16;

/// Rows that one kernel takes: with two panels 24 chains, enough for any latency.
constexpr int rows_max = 12;

/// From this many rows on, a stretch of panels is widened to fp32 once and used for all of them.
constexpr std::size_t widen_rows_min = 24;

/// Inputs of a pair of panels that are widened at a time: 16 KiB of fp32, half of a level 1 cache.
constexpr std::size_t widen_inputs = 128;

/// How sixteen weights of each stored type become fp32; all exact.
struct load_f32 {
  using element = float;
  static __m512 sixteen(const float* w) { return _mm512_loadu_ps(w); }
};
struct load_f16 {
  using element = std::uint16_t;
  static __m512 sixteen(const std::uint16_t* w) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(w)));
  }
};

/// Some rows by some panels, whose chains begin or go on in `out`.
template <class Load>
struct job {
  const float* x;
  std::size_t x_stride;
  const typename Load::element* w; ///< Of the first panel.
  std::size_t panel_stride;        ///< In elements.
  std::size_t inputs;
  float* out;
  std::size_t out_stride;
  bool is_first;
};

template <class Load, int R, int P>
void multiply(const job<Load>& j) {
  __m512 acc[R][P];
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      const auto* out =
          j.out + static_cast<std::size_t>(r) * j.out_stride + static_cast<std::size_t>(p) * width;
      acc[r][p] = j.is_first ? _mm512_setzero_ps() : _mm512_loadu_ps(out);
    }
  }
  for (std::size_t k = 0; k < j.inputs; ++k) {
    __m512 w[P];
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      w[p] = Load::sixteen(j.w + static_cast<std::size_t>(p) * j.panel_stride + k * width);
    }
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
      const auto value = _mm512_set1_ps(j.x[static_cast<std::size_t>(r) * j.x_stride + k]);
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) {
        acc[r][p] = _mm512_fmadd_ps(value, w[p], acc[r][p]);
      }
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      _mm512_storeu_ps(j.out + static_cast<std::size_t>(r) * j.out_stride
                           + static_cast<std::size_t>(p) * width,
                       acc[r][p]);
    }
  }
}

/// The kernel for `rows` of up to rows_max.
template <class Load, int P, int R = 1>
void multiply_rows(const job<Load>& j, std::size_t rows) {
  if constexpr (R < rows_max) {
    if (rows > R) {
      multiply_rows<Load, P, R + 1>(j, rows);
      return;
    }
  }
  multiply<Load, R, P>(j);
}

template <class Load, int P>
void sweep_rows(job<Load> j, std::size_t rows) {
  while (rows > 0) {
    const auto groups = (rows + rows_max - 1) / rows_max;
    const auto now = (rows + groups - 1) / groups;
    multiply_rows<Load, P>(j, now);
    rows -= now;
    j.x += now * j.x_stride;
    j.out += now * j.out_stride;
  }
}

/// As many panels at once as keep chains in flight where rows are few. Returns panels done.
template <class Load, int P>
std::size_t sweep_panels(job<Load> j, std::size_t rows, std::size_t from, std::size_t to) {
  j.w += from * j.panel_stride;
  j.out += from * width;
  for (; from + P <= to; from += P) {
    sweep_rows<Load, P>(j, rows);
    j.w += P * j.panel_stride;
    j.out += P * width;
  }
  return from;
}

/// One row; its kernels with eight and four panels are no use to others.
template <class Load, int P>
std::size_t sweep_one_row(job<Load> j, std::size_t from, std::size_t to) {
  j.w += from * j.panel_stride;
  j.out += from * width;
  for (; from + P <= to; from += P) {
    multiply<Load, 1, P>(j);
    j.w += P * j.panel_stride;
    j.out += P * width;
  }
  return from;
}

template <class Load>
void few_rows(const job<Load>& j, std::size_t rows, std::size_t panels) {
  std::size_t done = 0;
  if (rows == 1) {
    done = sweep_one_row<Load, 8>(j, done, panels);
    done = sweep_one_row<Load, 4>(j, done, panels);
  }
  done = sweep_panels<Load, 2>(j, rows, done, panels);
  sweep_panels<Load, 1>(j, rows, done, panels);
}

template <class Load, int P>
std::size_t sweep_stretches(const job<Load>& j, std::size_t rows, std::size_t from,
                            std::size_t to) {
  alignas(64) float wide[P * widen_inputs * width];
  for (; from + P <= to; from += P) {
    for (std::size_t k = 0; k < j.inputs; k += widen_inputs) {
      const auto left = j.inputs - k;
      const auto count = left < widen_inputs ? left : widen_inputs;
      for (std::size_t p = 0; p < P; ++p) {
        const auto* w = j.w + (from + p) * j.panel_stride + k * width;
        for (std::size_t i = 0; i < count * width; i += width) {
          _mm512_store_ps(wide + p * widen_inputs * width + i, Load::sixteen(w + i));
        }
      }
      sweep_rows<load_f32, P>({.x = j.x + k,
                               .x_stride = j.x_stride,
                               .w = wide,
                               .panel_stride = widen_inputs * width,
                               .inputs = count,
                               .out = j.out + from * width,
                               .out_stride = j.out_stride,
                               .is_first = k == 0},
                              rows);
    }
  }
  return from;
}

template <class Load>
void multiply_all(const ops::matmul_args& args) {
  const auto inputs = static_cast<std::size_t>(args.w.inputs);
  const auto first = static_cast<std::size_t>(args.panel_begin);
  const auto panels = static_cast<std::size_t>(args.panel_end - args.panel_begin);
  const auto rows = static_cast<std::size_t>(args.rows);
  const job<Load> j{.x = args.x,
                    .x_stride = args.x_stride,
                    .w = static_cast<const typename Load::element*>(args.w.data)
                         + first * inputs * width,
                    .panel_stride = inputs * width,
                    .inputs = inputs,
                    .out = args.out + first * width,
                    .out_stride = args.out_stride,
                    .is_first = true};
  if (rows < widen_rows_min) {
    few_rows<Load>(j, rows, panels);
  } else {
    sweep_stretches<Load, 1>(j, rows, sweep_stretches<Load, 2>(j, rows, 0, panels), panels);
  }
}

} // namespace

void matmul(const ops::matmul_args& args) {
  TROUPE_CHECK(args.rows >= 1);
  TROUPE_CHECK(args.panel_begin >= 0 && args.panel_begin < args.panel_end);
  TROUPE_CHECK(args.panel_end <= args.w.panels());
  TROUPE_CHECK(args.w.type == ops::dtype::f32 || args.w.type == ops::dtype::f16);
  if (args.w.type == ops::dtype::f32) {
    multiply_all<load_f32>(args);
  } else {
    multiply_all<load_f16>(args);
  }
}

} // namespace troupe::engine::cpu::avx512
