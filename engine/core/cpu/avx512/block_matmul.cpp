// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/ops/block_matmul.hpp"

#include "engine/core/cpu/avx512/avx512_ops.hpp"
#include "engine/core/cpu/avx512/block_panels.hpp"

#include <immintrin.h>
#include <type_traits>
#include <variant>

namespace troupe::engine::cpu::avx512 {
namespace {

/// From this many rows on, panels are taken in stretches, each for all rows.
constexpr std::size_t stretch_rows_min = 24;

/// Blocks of one stretch of a pair of panels: 16 KiB, half of a level 1 cache.
constexpr std::size_t stretch_blocks = 16;

/// Rows and their distance.
struct row_view {
  const std::int8_t* values;
  const float* scales;
  const std::int32_t* sums;
  std::size_t inputs;
  std::size_t blocks;
};

/// The sums of what `groups` groups of four inputs from `from` on give, to which `dot` is added.
template <class Panel, int R, int P>
inline __attribute__((always_inline)) void add_products(__m512i (&dot)[R][P], const row_view& x,
                                                        const Panel (&w)[P], std::size_t b,
                                                        int from, int groups) {
#pragma GCC unroll 8
  for (int group = from; group < from + groups; ++group) {
    __m512i weights[P];
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      weights[p] = w[p].weights(b, group);
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      std::int32_t four = 0;
      __builtin_memcpy(&four,
                       x.values + static_cast<std::size_t>(r) * x.inputs + b * block
                           + static_cast<std::size_t>(group) * 4,
                       sizeof four);
      const __m512i value = _mm512_set1_epi32(four);
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) {
        dot[r][p] = _mm512_dpbusd_epi32(dot[r][p], weights[p], value);
      }
    }
  }
}

/// acc = fma(dot, factor * x_scale, acc) for every row and panel; `factor` gives a panel's.
template <int R, int P, class Factor>
inline __attribute__((always_inline)) void add_links(__m512 (&acc)[R][P], const __m512 (&dot)[R][P],
                                                     const row_view& x, std::size_t b,
                                                     const Factor& factor) {
  __m512 factors[P];
#pragma GCC unroll 8
  for (int p = 0; p < P; ++p) {
    factors[p] = factor(p);
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
    const __m512 scale = _mm512_set1_ps(x.scales[static_cast<std::size_t>(r) * x.blocks + b]);
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      acc[r][p] = _mm512_fmadd_ps(dot[r][p], _mm512_mul_ps(factors[p], scale), acc[r][p]);
    }
  }
}

/// The sum of 16 of a row's integers.
inline std::int32_t sum_of_half(const std::int8_t* x) {
  const auto above = _mm_xor_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x)),
                                   _mm_set1_epi8(static_cast<char>(0x80)));
  const auto sums = _mm_sad_epu8(above, _mm_setzero_si128());
  return _mm_cvtsi128_si32(sums) + _mm_extract_epi16(sums, 4) - 16 * 128;
}

/// One of the `Halves` equal parts of a block: products from -offset * sum of the row's integers
/// on, then the link.
template <class Panel, int R, int P, int Halves>
inline __attribute__((always_inline)) void add_part(__m512 (&acc)[R][P], const row_view& x,
                                                    const Panel (&w)[P], std::size_t b, int part) {
  __m512i dot[R][P];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
    const auto row = static_cast<std::size_t>(r);
    auto start = _mm512_setzero_si512();
    if constexpr (Panel::offset > 0) {
      const auto sum = Halves == 1 ? x.sums[row * x.blocks + b]
                                   : sum_of_half(x.values + row * x.inputs + b * block
                                                 + static_cast<std::size_t>(part) * block / 2);
      start = _mm512_set1_epi32(-Panel::offset * sum);
    }
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      dot[r][p] = start;
    }
  }
  add_products<Panel, R, P>(dot, x, w, b, part * 8 / Halves, 8 / Halves);
  __m512 exact[R][P];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      exact[r][p] = _mm512_cvtepi32_ps(dot[r][p]);
    }
  }
  add_links<R, P>(acc, exact, x, b, [&](int p) {
    if constexpr (has_factors<Panel>) {
      return w[p].factor(b, part);
    } else {
      return w[p].scales(b);
    }
  });
}

template <class Panel, int R, int P>
inline __attribute__((always_inline)) void multiply(__m512 (&acc)[R][P], const row_view& x,
                                                    const Panel (&w)[P], std::size_t count) {
  for (std::size_t b = 0; b < count; ++b) {
    if constexpr (Panel::kind == chain::of_halves) {
      add_part<Panel, R, P, 2>(acc, x, w, b, 0);
      add_part<Panel, R, P, 2>(acc, x, w, b, 1);
      continue;
    }
    add_part<Panel, R, P, 1>(acc, x, w, b, 0);
    if constexpr (Panel::kind == chain::with_minimum) {
      __m512 sums[R][P];
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        const auto sum = -x.sums[static_cast<std::size_t>(r) * x.blocks + b];
#pragma GCC unroll 8
        for (int p = 0; p < P; ++p) {
          sums[r][p] = _mm512_set1_ps(static_cast<float>(sum));
        }
      }
      add_links<R, P>(acc, sums, x, b, [&](int p) { return w[p].factor(b, 1); });
    }
  }
}

/// Continues the chains that stand in `out`, or begins them.
template <class Panel, int R, int P>
void multiply_part(const row_view& x, const Panel (&w)[P], std::size_t count, float* out,
                   std::size_t out_stride, bool is_first) {
  __m512 acc[R][P];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      acc[r][p] = is_first ? _mm512_setzero_ps()
                           : _mm512_loadu_ps(out + static_cast<std::size_t>(r) * out_stride
                                             + static_cast<std::size_t>(p) * width);
    }
  }
  multiply<Panel, R, P>(acc, x, w, count);
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      _mm512_storeu_ps(out + static_cast<std::size_t>(r) * out_stride
                           + static_cast<std::size_t>(p) * width,
                       acc[r][p]);
    }
  }
}

row_view skip_rows(const row_view& x, std::size_t rows) {
  return {x.values + rows * x.inputs, x.scales + rows * x.blocks, x.sums + rows * x.blocks,
          x.inputs, x.blocks};
}

row_view skip_blocks(const row_view& x, std::size_t blocks) {
  return {x.values + blocks * block, x.scales + blocks, x.sums + blocks, x.inputs, x.blocks};
}

constexpr int rows_max = 6;

/// The kernel for `rows` of up to rows_max.
template <class Panel, int P, int R = 1>
void multiply_rows(std::size_t rows, const row_view& x, const Panel (&w)[P], std::size_t count,
                   float* out, std::size_t out_stride, bool is_first) {
  if constexpr (R < rows_max) {
    if (rows > R) {
      multiply_rows<Panel, P, R + 1>(rows, x, w, count, out, out_stride, is_first);
      return;
    }
  }
  multiply_part<Panel, R, P>(x, w, count, out, out_stride, is_first);
}

template <class Panel, int P>
void sweep_rows(row_view x, std::size_t rows, const Panel (&w)[P], std::size_t count, float* out,
                std::size_t out_stride, bool is_first) {
  while (rows > 0) {
    const auto groups = (rows + rows_max - 1) / rows_max;
    const auto now = (rows + groups - 1) / groups;
    multiply_rows<Panel, P>(now, x, w, count, out, out_stride, is_first);
    rows -= now;
    x = skip_rows(x, now);
    out += now * out_stride;
  }
}

template <class Panel>
struct job {
  row_view x;
  std::size_t rows;
  const std::byte* w; ///< Of the first panel.
  std::size_t panel_bytes;
  std::size_t scales_at;
  std::size_t k_scales_at;
  float* out;
  std::size_t out_stride;

  [[nodiscard]] Panel panel(std::size_t p) const {
    const auto* at = w + p * panel_bytes;
    const auto* integers = reinterpret_cast<const std::uint8_t*>(at);
    if constexpr (has_factors<Panel>) {
      return {integers, at + scales_at, at + k_scales_at};
    } else {
      return {integers, at + scales_at};
    }
  }
};

/// As many panels at once as keep enough chains in flight. Returns panels done.
template <class Panel, int P>
std::size_t sweep_panels(const job<Panel>& j, std::size_t from, std::size_t to) {
  for (; from + P <= to; from += P) {
    Panel w[P];
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      w[p] = j.panel(from + static_cast<std::size_t>(p));
    }
    sweep_rows<Panel, P>(j.x, j.rows, w, j.x.blocks, j.out + from * width, j.out_stride, true);
  }
  return from;
}

template <class Panel>
void few_rows(const job<Panel>& j, std::size_t panels) {
  std::size_t done = 0;
  if (j.rows == 1) {
    done = sweep_panels<Panel, 4>(j, done, panels);
  }
  done = sweep_panels<Panel, 2>(j, done, panels);
  sweep_panels<Panel, 1>(j, done, panels);
}

/// A stretch of P panels as wide_panel wants it.
template <class Panel, int P>
struct unpacked {
  alignas(64) std::uint8_t integers[P][stretch_blocks * block * width];
  alignas(64) float scales[P][stretch_blocks * width * (has_factors<Panel> ? 2 : 1)];

  void fill(const Panel (&w)[P], std::size_t from, std::size_t count) {
    for (std::size_t p = 0; p < P; ++p) {
      for (std::size_t b = 0; b < count; ++b) {
#pragma GCC unroll 8
        for (int group = 0; group < 8; ++group) {
          _mm512_store_si512(integers[p] + b * block * width + static_cast<std::size_t>(group) * 64,
                             w[p].weights(from + b, group));
        }
        if constexpr (has_factors<Panel>) {
          _mm512_store_ps(scales[p] + b * 2 * width, w[p].factor(from + b, 0));
          _mm512_store_ps(scales[p] + (b * 2 + 1) * width, w[p].factor(from + b, 1));
        } else {
          _mm512_store_ps(scales[p] + b * width, w[p].scales(from + b));
        }
      }
    }
  }
};

/// Every stretch of P panels for all rows, so that it is read from a level 1 cache.
template <class Panel, int P>
std::size_t sweep_stretches(const job<Panel>& j, std::size_t from, std::size_t to) {
  constexpr bool unpacks = !std::is_same_v<Panel, q8_panel> && !std::is_same_v<Panel, int8_panel>;
  using view = std::conditional_t<unpacks, wide_panel<Panel::kind, Panel::offset>, Panel>;
  std::conditional_t<unpacks, unpacked<Panel, P>, std::monostate> wide;
  for (; from + P <= to; from += P) {
    Panel w[P];
    for (std::size_t p = 0; p < P; ++p) {
      w[p] = j.panel(from + p);
    }
    for (std::size_t b = 0; b < j.x.blocks; b += stretch_blocks) {
      const auto left = j.x.blocks - b;
      const auto count = left < stretch_blocks ? left : stretch_blocks;
      view views[P];
      if constexpr (unpacks) {
        wide.fill(w, b, count);
      }
      for (std::size_t p = 0; p < P; ++p) {
        if constexpr (unpacks) {
          views[p] = {wide.integers[p], wide.scales[p]};
        } else {
          views[p] = w[p].at(b);
        }
      }
      sweep_rows<view, P>(skip_blocks(j.x, b), j.rows, views, count, j.out + from * width,
                          j.out_stride, b == 0);
    }
  }
  return from;
}

template <class Panel>
void multiply_all(const ops::block_matmul_args& args) {
  const auto inputs = static_cast<std::size_t>(args.w.inputs);
  const auto first = static_cast<std::size_t>(args.panel_begin);
  const auto panels = static_cast<std::size_t>(args.panel_end - args.panel_begin);
  const auto bytes = ops::panel_bytes(args.w.type, args.w.inputs);
  const job<Panel> j{.x = {args.x.values, args.x.scales, args.x.sums, inputs, inputs / block},
                     .rows = static_cast<std::size_t>(args.rows),
                     .w = static_cast<const std::byte*>(args.w.data) + first * bytes,
                     .panel_bytes = bytes,
                     .scales_at = ops::scales_at(args.w.type, args.w.inputs),
                     .k_scales_at = ops::k_scales_at(args.w.type, args.w.inputs),
                     .out = args.out + first * width,
                     .out_stride = args.out_stride};
  if (j.rows < stretch_rows_min) {
    few_rows(j, panels);
  } else {
    sweep_stretches<Panel, 1>(j, sweep_stretches<Panel, 2>(j, 0, panels), panels);
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

} // namespace troupe::engine::cpu::avx512
