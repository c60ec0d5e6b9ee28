// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/ops/block_matmul.hpp"

#include "engine/core/cpu/avx512/avx512_ops.hpp"

#include <immintrin.h>
#include <type_traits>
#include <variant>

namespace troupe::engine::cpu::avx512 {
namespace {

constexpr std::size_t width = 16;
constexpr std::size_t block = 32;

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

/// The weights of one panel as it is packed; `shift` is the power of two that integers are above
/// their values.
struct q8_panel {
  static constexpr int shift = 7;
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
  static constexpr int shift = 3;
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

/// A stretch of a panel, a byte per integer and scales of fp32.
template <int Shift>
struct wide_panel {
  static constexpr int shift = Shift;
  const std::uint8_t* integers;
  const float* floats;

  [[nodiscard]] __m512i weights(std::size_t b, int group) const {
    return _mm512_loadu_si512(integers + b * block * width + static_cast<std::size_t>(group) * 64);
  }
  [[nodiscard]] __m512 scales(std::size_t b) const { return _mm512_loadu_ps(floats + b * width); }
};

template <class Panel, int R, int P>
inline __attribute__((always_inline)) void multiply(__m512 (&acc)[R][P], const row_view& x,
                                                    const Panel (&w)[P], std::size_t count) {
  for (std::size_t b = 0; b < count; ++b) {
    __m512i dot[R][P];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const auto sum = _mm512_set1_epi32(x.sums[static_cast<std::size_t>(r) * x.blocks + b]);
      const auto start =
          _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_slli_epi32(sum, Panel::shift));
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) {
        dot[r][p] = start;
      }
    }
#pragma GCC unroll 8
    for (int group = 0; group < 8; ++group) {
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
    __m512 scales[P];
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      scales[p] = w[p].scales(b);
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const __m512 scale = _mm512_set1_ps(x.scales[static_cast<std::size_t>(r) * x.blocks + b]);
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) {
        acc[r][p] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[r][p]), _mm512_mul_ps(scales[p], scale),
                                    acc[r][p]);
      }
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
  float* out;
  std::size_t out_stride;

  [[nodiscard]] Panel panel(std::size_t p) const {
    const auto* at = w + p * panel_bytes;
    return {reinterpret_cast<const std::uint8_t*>(at), at + scales_at};
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
  alignas(64) float scales[P][stretch_blocks * width];

  void fill(const Panel (&w)[P], std::size_t from, std::size_t count) {
    for (std::size_t p = 0; p < P; ++p) {
      for (std::size_t b = 0; b < count; ++b) {
#pragma GCC unroll 8
        for (int group = 0; group < 8; ++group) {
          _mm512_store_si512(integers[p] + b * block * width + static_cast<std::size_t>(group) * 64,
                             w[p].weights(from + b, group));
        }
        _mm512_store_ps(scales[p] + b * width, w[p].scales(from + b));
      }
    }
  }
};

/// Every stretch of P panels for all rows, so that it is read from a level 1 cache.
template <class Panel, int P>
std::size_t sweep_stretches(const job<Panel>& j, std::size_t from, std::size_t to) {
  constexpr bool unpacks = std::is_same_v<Panel, q4_panel>;
  using view = std::conditional_t<unpacks, wide_panel<Panel::shift>, Panel>;
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
  if (args.w.type == ops::dtype::q8_0) {
    multiply_all<q8_panel>(args);
  } else {
    multiply_all<q4_panel>(args);
  }
}

} // namespace troupe::engine::cpu::avx512
