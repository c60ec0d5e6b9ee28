// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/amx/pair_tiles.hpp"
#include "engine/core/ops/block_matmul.hpp"

/// block_matmul by the tiles of T, with the bits of every other path: a tile's sums of 32 bits are
/// exact. Everything is `static`. Widen makes 16 halves fp32.
namespace troupe::engine::cpu::amx {

static constexpr std::size_t block = 32;
static constexpr std::size_t block_pack_bytes = block * tile_outputs; ///< A byte per integer.

/// Some rows by one panel.
struct block_tiles_job {
  const std::int8_t* x;
  const float* scales;
  const std::int32_t* sums;
  std::size_t blocks; ///< Of a row.
  std::size_t rows;
  const std::uint8_t* w;
  const std::byte* halves;
  bool is_q8;
  float* out;
  std::size_t out_stride;
};

/// A block's weights a byte each: those of q8_0 lie so.
static inline const std::uint8_t* bytes_of_block(const block_tiles_job& j, std::size_t b,
                                                 std::uint8_t* room) {
  if (j.is_q8) {
    return j.w + b * block_pack_bytes;
  }
  constexpr auto half = block_pack_bytes / 2;
  const auto* both = j.w + b * half;
  for (std::size_t i = 0; i < half; ++i) {
    room[i] = static_cast<std::uint8_t>(both[i] & 15U);
    room[half + i] = static_cast<std::uint8_t>(both[i] >> 4U);
  }
  return room;
}

template <class T, class Widen>
static void multiply_block_tiles(const block_tiles_job& j) {
  alignas(64) std::uint8_t room[block_pack_bytes];
  alignas(64) std::int32_t dots[2 * tile_rows][tile_outputs];
  alignas(64) float acc[2 * tile_rows][tile_outputs];
  alignas(64) float w_scales[tile_outputs];
  __builtin_memset(acc, 0, sizeof acc);
  const auto shift = j.is_q8 ? 128 : 8;
  for (std::size_t b = 0; b < j.blocks; ++b) {
    const auto stride = j.blocks * block;
    T::template load_weights<0>(bytes_of_block(j, b, room), tile_bytes);
    T::template clear_sum<0, 0>();
    T::template load_rows<0>(j.x + b * block, stride);
    T::template add_bytes<0, 0>();
    T::template store_sum<0, 0>(dots, tile_bytes);
    if (j.rows > tile_rows) {
      T::template clear_sum<1, 0>();
      T::template load_rows<1>(j.x + tile_rows * stride + b * block, stride);
      T::template add_bytes<1, 0>();
      T::template store_sum<1, 0>(dots + tile_rows, tile_bytes);
    }
    Widen::sixteen(j.halves + b * tile_outputs * 2, w_scales);
    for (std::size_t r = 0; r < j.rows; ++r) {
      const auto above = shift * j.sums[r * j.blocks + b];
      const float scale = j.scales[r * j.blocks + b];
      for (std::size_t n = 0; n < tile_outputs; ++n) {
        acc[r][n] =
            __builtin_fmaf(static_cast<float>(dots[r][n] - above), w_scales[n] * scale, acc[r][n]);
      }
    }
  }
  for (std::size_t r = 0; r < j.rows; ++r) {
    __builtin_memcpy(j.out + r * j.out_stride, acc[r], sizeof acc[r]);
  }
}

template <class T, class Widen>
static void block_matmul_by(const ops::block_matmul_args& args, std::size_t panel_bytes,
                            std::size_t scales_at) {
  const auto blocks = static_cast<std::size_t>(args.w.inputs) / block;
  for (auto panel = static_cast<std::size_t>(args.panel_begin);
       panel < static_cast<std::size_t>(args.panel_end); ++panel) {
    const auto* at = static_cast<const std::byte*>(args.w.data) + panel * panel_bytes;
    block_tiles_job j{.x = args.x.values,
                      .scales = args.x.scales,
                      .sums = args.x.sums,
                      .blocks = blocks,
                      .rows = 0,
                      .w = reinterpret_cast<const std::uint8_t*>(at),
                      .halves = at + scales_at,
                      .is_q8 = args.w.type == ops::dtype::q8_0,
                      .out = args.out + panel * tile_outputs,
                      .out_stride = args.out_stride};
    std::size_t shaped = 0;
    for (auto rows = static_cast<std::size_t>(args.rows); rows > 0; rows -= j.rows) {
      j.rows = rows < 2 * tile_rows ? rows : 2 * tile_rows;
      if (j.rows != shaped) {
        T::configure(shape_for(j.rows, block / 4, block));
        shaped = j.rows;
      }
      multiply_block_tiles<T, Widen>(j);
      j.x += j.rows * blocks * block;
      j.scales += j.rows * blocks;
      j.sums += j.rows * blocks;
      j.out += j.rows * j.out_stride;
    }
  }
  T::release();
}

} // namespace troupe::engine::cpu::amx
