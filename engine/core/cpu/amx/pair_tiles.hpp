// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/amx/tile_shape.hpp"
#include "engine/core/ops/pair_matmul.hpp"

#include <cstddef>
#include <cstdint>

/// pair_matmul of pairs_order::tiles by the tiles of T: the processor's, or emulated ones in tests.
/// Everything is `static`.
namespace troupe::engine::cpu::amx {

/// Of one instruction: 16 rows, 16 outputs, 32 inputs.
static constexpr std::size_t tile_rows = 16;
static constexpr std::size_t tile_outputs = 16;
static constexpr std::size_t tile_inputs = 32;
static constexpr std::size_t tile_bytes = 64;

/// Some rows by one or two panels.
struct pair_tiles_job {
  const std::uint16_t* x;
  std::size_t inputs; ///< Even; also from row to row.
  std::size_t rows;
  const std::uint16_t* w; ///< Of the first panel.
  float* out;
  std::size_t out_stride;
};

/// Both tiles of rows may differ in height; those of weights hold 16 pairs.
static inline tile_shape shape_for(std::size_t rows, std::size_t weight_rows,
                                   std::size_t input_bytes) {
  tile_shape shape;
  for (std::size_t tile = 0; tile < 8; ++tile) {
    const auto a = tile < 4 ? tile / 2 : tile - 4;
    const auto here = rows > a * tile_rows ? rows - a * tile_rows : 1;
    const auto height = here < tile_rows ? here : tile_rows;
    shape.rows[tile] = static_cast<std::uint8_t>(tile < 6 ? height : weight_rows);
    shape.row_bytes[tile] =
        static_cast<std::uint16_t>(tile == 4 || tile == 5 ? input_bytes : tile_bytes);
  }
  return shape;
}

/// What is left of the inputs, with zeros up to a whole tile.
struct pair_rest {
  alignas(64) std::uint16_t x[2 * tile_rows * tile_inputs];
  alignas(64) std::uint16_t w[2][tile_inputs * tile_outputs];
};

static inline void fill_rest(pair_rest& rest, const pair_tiles_job& j, std::size_t panels) {
  const auto from = j.inputs / tile_inputs * tile_inputs;
  const auto left = j.inputs - from;
  __builtin_memset(&rest, 0, sizeof rest);
  for (std::size_t r = 0; r < j.rows; ++r) {
    __builtin_memcpy(rest.x + r * tile_inputs, j.x + r * j.inputs + from, left * 2);
  }
  for (std::size_t p = 0; p < panels; ++p) {
    __builtin_memcpy(rest.w[p], j.w + (p * j.inputs + from) * tile_outputs,
                     left * tile_outputs * 2);
  }
}

/// A tiles of rows by P panels.
template <class T, int A, int P>
static void add_pair_tiles(const std::uint16_t* x, std::size_t x_stride, const std::uint16_t* w0,
                           const std::uint16_t* w1) {
  T::template load_rows<0>(x, x_stride * 2);
  T::template load_weights<0>(w0, tile_bytes);
  T::template add_pairs<0, 0>();
  if constexpr (P == 2) {
    T::template load_weights<1>(w1, tile_bytes);
    T::template add_pairs<0, 1>();
  }
  if constexpr (A == 2) {
    T::template load_rows<1>(x + tile_rows * x_stride, x_stride * 2);
    T::template add_pairs<1, 0>();
    if constexpr (P == 2) {
      T::template add_pairs<1, 1>();
    }
  }
}

template <class T, int A, int P>
static void multiply_pair_tiles(const pair_tiles_job& j) {
  T::template clear_sum<0, 0>();
  T::template clear_sum<0, 1>();
  T::template clear_sum<1, 0>();
  T::template clear_sum<1, 1>();
  std::size_t k = 0;
  for (; k + tile_inputs <= j.inputs; k += tile_inputs) {
    const auto* w = j.w + k * tile_outputs;
    add_pair_tiles<T, A, P>(j.x + k, j.inputs, w, w + (P - 1) * j.inputs * tile_outputs);
  }
  if (k < j.inputs) {
    pair_rest rest;
    fill_rest(rest, j, P);
    add_pair_tiles<T, A, P>(rest.x, tile_inputs, rest.w[0], rest.w[1]);
  }
  const auto stride = j.out_stride * sizeof(float);
  T::template store_sum<0, 0>(j.out, stride);
  if constexpr (P == 2) {
    T::template store_sum<0, 1>(j.out + tile_outputs, stride);
  }
  if constexpr (A == 2) {
    T::template store_sum<1, 0>(j.out + tile_rows * j.out_stride, stride);
    if constexpr (P == 2) {
      T::template store_sum<1, 1>(j.out + tile_rows * j.out_stride + tile_outputs, stride);
    }
  }
}

/// All rows by P panels, 32 rows at a time.
template <class T, int P>
static void sweep_pair_tiles(pair_tiles_job j, std::size_t rows) {
  for (std::size_t shaped = 0; rows > 0; rows -= j.rows) {
    j.rows = rows < 2 * tile_rows ? rows : 2 * tile_rows;
    if (j.rows != shaped) {
      T::configure(shape_for(j.rows, tile_rows, tile_bytes));
      shaped = j.rows;
    }
    if (j.rows > tile_rows) {
      multiply_pair_tiles<T, 2, P>(j);
    } else {
      multiply_pair_tiles<T, 1, P>(j);
    }
    j.x += j.rows * j.inputs;
    j.out += j.rows * j.out_stride;
  }
}

template <class T>
static void pair_matmul_by(const ops::pair_matmul_args& args) {
  const auto inputs = (static_cast<std::size_t>(args.w.inputs) + 1) / 2 * 2;
  const auto rows = static_cast<std::size_t>(args.rows);
  const auto* w = static_cast<const std::uint16_t*>(args.w.data);
  for (auto panel = static_cast<std::size_t>(args.panel_begin);
       panel < static_cast<std::size_t>(args.panel_end); panel += 2) {
    const pair_tiles_job j{.x = args.x.pairs,
                           .inputs = inputs,
                           .rows = 0,
                           .w = w + panel * inputs * tile_outputs,
                           .out = args.out + panel * tile_outputs,
                           .out_stride = args.out_stride};
    if (panel + 1 < static_cast<std::size_t>(args.panel_end)) {
      sweep_pair_tiles<T, 2>(j, rows);
    } else {
      sweep_pair_tiles<T, 1>(j, rows);
    }
  }
  T::release();
}

} // namespace troupe::engine::cpu::amx
