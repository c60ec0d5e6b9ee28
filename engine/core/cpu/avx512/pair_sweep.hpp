// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/pair_matmul.hpp"

#include <cstddef>
#include <cstdint>
#include <immintrin.h>

/// The walk over rows and panels that both AVX-512 kernels for pairs of bf16 share; Step says how a
/// pair is multiplied. Only for the AVX-512 translation units; everything is `static`.
namespace troupe::engine::cpu::avx512 {

static constexpr std::size_t width = 16;

/// Rows that one kernel takes: with two panels 24 chains, enough for any latency.
static constexpr int rows_max = 12;

/// From this many rows on, panels are taken in stretches, each for all rows,
static constexpr std::size_t stretch_rows_min = 24;
/// of so many inputs: 16 KiB of a pair of panels, half of a level 1 cache.
static constexpr std::size_t stretch_inputs = 256;

/// Some rows by some panels, whose chains begin or go on in `out`. Strides and inputs in elements,
/// inputs even.
template <class Step>
struct pair_job {
  const typename Step::element* x;
  std::size_t x_stride;
  const std::uint16_t* w; ///< Of the first panel.
  std::size_t panel_stride;
  std::size_t inputs;
  float* out;
  std::size_t out_stride;
  bool is_first;
};

template <class Step, int R, int P>
static void multiply(const pair_job<Step>& j) {
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
  for (std::size_t k = 0; k < j.inputs; k += 2) {
    typename Step::weights w[P];
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      w[p] = Step::load(
          _mm512_loadu_si512(j.w + static_cast<std::size_t>(p) * j.panel_stride + k * width));
    }
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
      const auto pair = Step::pair(j.x + static_cast<std::size_t>(r) * j.x_stride + k);
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) {
        acc[r][p] = Step::add(acc[r][p], pair, w[p]);
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
template <class Step, int P, int R = 1>
static void multiply_rows(const pair_job<Step>& j, std::size_t rows) {
  if constexpr (R < rows_max) {
    if (rows > R) {
      multiply_rows<Step, P, R + 1>(j, rows);
      return;
    }
  }
  multiply<Step, R, P>(j);
}

template <class Step, int P>
static void sweep_rows(pair_job<Step> j, std::size_t rows) {
  while (rows > 0) {
    const auto groups = (rows + rows_max - 1) / rows_max;
    const auto now = (rows + groups - 1) / groups;
    multiply_rows<Step, P>(j, now);
    rows -= now;
    j.x += now * j.x_stride;
    j.out += now * j.out_stride;
  }
}

/// One row. Returns panels done.
template <class Step, int P>
static std::size_t sweep_one_row(pair_job<Step> j, std::size_t from, std::size_t to) {
  j.w += from * j.panel_stride;
  j.out += from * width;
  for (; from + P <= to; from += P) {
    multiply<Step, 1, P>(j);
    j.w += P * j.panel_stride;
    j.out += P * width;
  }
  return from;
}

template <class Step, int P>
static std::size_t sweep_stretches(const pair_job<Step>& whole, std::size_t rows,
                                   std::size_t stretch, std::size_t from, std::size_t to) {
  for (; from + P <= to; from += P) {
    for (std::size_t k = 0; k < whole.inputs; k += stretch) {
      auto j = whole;
      const auto left = whole.inputs - k;
      j.x += k;
      j.w += from * whole.panel_stride + k * width;
      j.inputs = left < stretch ? left : stretch;
      j.out += from * width;
      j.is_first = k == 0;
      sweep_rows<Step, P>(j, rows);
    }
  }
  return from;
}

template <class Step>
static void sweep(const pair_job<Step>& j, std::size_t rows, std::size_t panels) {
  std::size_t done = 0;
  if (rows == 1) {
    done = sweep_one_row<Step, 8>(j, done, panels);
    done = sweep_one_row<Step, 4>(j, done, panels);
  }
  const auto stretch = rows < stretch_rows_min ? j.inputs : stretch_inputs;
  done = sweep_stretches<Step, 2>(j, rows, stretch, done, panels);
  sweep_stretches<Step, 1>(j, rows, stretch, done, panels);
}

/// All that the arguments ask for.
template <class Step>
static void multiply_all(const ops::pair_matmul_args& args, const typename Step::element* x) {
  const auto inputs = (static_cast<std::size_t>(args.w.inputs) + 1) / 2 * 2;
  const auto first = static_cast<std::size_t>(args.panel_begin);
  const pair_job<Step> j{.x = x,
                         .x_stride = inputs,
                         .w = static_cast<const std::uint16_t*>(args.w.data)
                              + first * inputs * width,
                         .panel_stride = inputs * width,
                         .inputs = inputs,
                         .out = args.out + first * width,
                         .out_stride = args.out_stride,
                         .is_first = true};
  sweep<Step>(j, static_cast<std::size_t>(args.rows),
              static_cast<std::size_t>(args.panel_end - args.panel_begin));
}

} // namespace troupe::engine::cpu::avx512
