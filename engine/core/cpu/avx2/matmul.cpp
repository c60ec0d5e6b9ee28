// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/avx2/avx2_ops.hpp"
#include "engine/core/cpu/avx2/micro.hpp"
#include "runtime/base/check.hpp"

namespace troupe::engine::cpu::avx2 {
namespace {

/// From this many rows on, a panel is widened to fp32 once and used for all of them.
constexpr std::size_t widen_rows_min = 12;

/// Inputs of a panel that are widened at a time: 16 KiB of fp32, half of a level 1 cache.
constexpr std::size_t widen_inputs = 256;

template <class Load>
struct job {
  const float* x;
  std::size_t x_stride;
  const typename Load::element* w; ///< Of the first panel.
  std::size_t inputs;
  float* out;
  std::size_t out_stride;
};

template <class Load, int R, int P>
void multiply_whole(const job<Load>& j) {
  const typename Load::element* w[P];
#pragma GCC unroll 8
  for (int p = 0; p < P; ++p) {
    w[p] = j.w + static_cast<std::size_t>(p) * j.inputs * 16;
  }
  __m256 acc[R][2 * P];
  clear<R, P>(acc);
  multiply<Load, R, P>(acc, j.x, j.x_stride, w, 16, j.inputs);
  store<R, P>(acc, j.out, j.out_stride);
}

/// As many panels at once as keep eight fma chains in flight for few rows.
template <class Load, int R, int P>
void sweep_panels(job<Load> j, std::size_t panels) {
  for (; panels >= static_cast<std::size_t>(P); panels -= P) {
    multiply_whole<Load, R, P>(j);
    j.w += P * j.inputs * 16;
    j.out += P * 16;
  }
  for (; panels > 0; --panels) {
    multiply_whole<Load, R, 1>(j);
    j.w += j.inputs * 16;
    j.out += 16;
  }
}

template <class Load>
void few_rows(job<Load> j, std::size_t rows, std::size_t panels) {
  while (rows > 0) {
    const int now = next_rows(rows);
    switch (now) {
      case 1:
        sweep_panels<Load, 1, 4>(j, panels);
        break;
      case 2:
        sweep_panels<Load, 2, 2>(j, panels);
        break;
      case 3:
        sweep_panels<Load, 3, 2>(j, panels);
        break;
      case 4:
        sweep_panels<Load, 4, 1>(j, panels);
        break;
      case 5:
        sweep_panels<Load, 5, 1>(j, panels);
        break;
      default:
        sweep_panels<Load, 6, 1>(j, panels);
        break;
    }
    rows -= static_cast<std::size_t>(now);
    j.x += static_cast<std::size_t>(now) * j.x_stride;
    j.out += static_cast<std::size_t>(now) * j.out_stride;
  }
}

/// One stretch of inputs of one panel: continues the chains that stand in `out`.
template <int R>
void multiply_part(const float* x, std::size_t x_stride, const float* w, std::size_t count,
                   float* out, std::size_t out_stride, bool is_first) {
  const float* const panel[1] = {w};
  __m256 acc[R][2];
  if (is_first) {
    clear<R, 1>(acc);
  } else {
    load<R, 1>(acc, out, out_stride);
  }
  multiply<load_f32, R, 1>(acc, x, x_stride, panel, 16, count);
  store<R, 1>(acc, out, out_stride);
}

void sweep_rows(const float* x, std::size_t x_stride, std::size_t rows, const float* w,
                std::size_t count, float* out, std::size_t out_stride, bool is_first) {
  while (rows > 0) {
    const int now = rows >= 12 ? 6 : next_rows(rows);
    switch (now) {
      case 1:
        multiply_part<1>(x, x_stride, w, count, out, out_stride, is_first);
        break;
      case 2:
        multiply_part<2>(x, x_stride, w, count, out, out_stride, is_first);
        break;
      case 3:
        multiply_part<3>(x, x_stride, w, count, out, out_stride, is_first);
        break;
      case 4:
        multiply_part<4>(x, x_stride, w, count, out, out_stride, is_first);
        break;
      case 5:
        multiply_part<5>(x, x_stride, w, count, out, out_stride, is_first);
        break;
      default:
        multiply_part<6>(x, x_stride, w, count, out, out_stride, is_first);
        break;
    }
    rows -= static_cast<std::size_t>(now);
    x += static_cast<std::size_t>(now) * x_stride;
    out += static_cast<std::size_t>(now) * out_stride;
  }
}

template <class Load>
void many_rows(const job<Load>& j, std::size_t rows, std::size_t panels) {
  alignas(64) float wide[widen_inputs * 16];
  for (std::size_t panel = 0; panel < panels; ++panel) {
    const auto* w = j.w + panel * j.inputs * 16;
    for (std::size_t from = 0; from < j.inputs; from += widen_inputs) {
      const auto left = j.inputs - from;
      const auto count = left < widen_inputs ? left : widen_inputs;
      for (std::size_t i = 0; i < count * 16; i += 8) {
        _mm256_store_ps(wide + i, Load::eight(w + from * 16 + i));
      }
      sweep_rows(j.x + from, j.x_stride, rows, wide, count, j.out + panel * 16, j.out_stride,
                 from == 0);
    }
  }
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
                         + first * inputs * 16,
                    .inputs = inputs,
                    .out = args.out + first * 16,
                    .out_stride = args.out_stride};
  if (rows < widen_rows_min) {
    few_rows<Load>(j, rows, panels);
  } else {
    many_rows<Load>(j, rows, panels);
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

} // namespace troupe::engine::cpu::avx2
