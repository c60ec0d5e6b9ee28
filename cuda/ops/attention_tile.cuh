// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/matrix.cuh"
#include "cuda/math/exp.hpp"
#include "cuda/ops/paging.cuh"

/// Attention by products of 16 x 16 tiles; one block of threads takes 16 * RowWarps packed queries
/// of one sequence and kv head. Packed query p is head p % group of row p / group, so that a group
/// shares its keys. RowWarps warps have 16 queries each and all keys; KeyWarps share the keys of a
/// tile and add up what they found at the end.
namespace troupe::cuda::ops {

template <int HeadDim, int RowWarps, int KeyWarps, int KeyTile>
struct attention_tile {
  static constexpr int head_dim = HeadDim;
  static constexpr int threads = 32 * RowWarps * KeyWarps;
  static constexpr int rows = 16 * RowWarps;
  static constexpr int pitch = HeadDim + 8; ///< Rows 16 bytes off, so that banks do not meet.
  static constexpr int warp_keys = KeyTile / KeyWarps;
  static constexpr int key_groups = warp_keys / 8;
  static constexpr int chunks = HeadDim / 8; ///< Of 16 bytes in a row.
  static constexpr int stage = 2 * KeyTile * pitch;
  static constexpr std::size_t staged_bytes = (rows * pitch + 2 * stage) * sizeof(bf16);
  static constexpr std::size_t merged_bytes = KeyWarps > 1
                                                  ? KeyWarps * 16 * (HeadDim + 2) * sizeof(float)
                                                  : 0;
  static constexpr std::size_t shared_bytes =
      staged_bytes > merged_bytes ? staged_bytes : merged_bytes;
  static_assert(warp_keys % 16 == 0 && (KeyWarps == 1 || RowWarps == 1));
};

/// Where a block works.
struct tile_place {
  std::int32_t sequence;
  std::int32_t kv_head;
  std::int32_t group;
  std::int32_t first_row;
  std::int32_t packed; ///< Queries of the sequence.
  std::int32_t base;   ///< The tile's first.
  std::int32_t split;  ///< From the first split that the tile sees.

  __device__ std::int32_t row(std::int32_t p) const { return first_row + p / group; }
  __device__ std::int32_t head(std::int32_t p) const { return kv_head * group + p % group; }
};

/// A place and the keys [first, end) that anybody there sees; none: the block has nothing to do,
/// and nobody reads what it would have written.
struct tile_work {
  tile_place at;
  std::int32_t first;
  std::int32_t end;
};

__device__ inline tile_work find_work(const attention_args& args, std::int32_t splits,
                                      std::int32_t tile_rows) {
  tile_work work{};
  auto& at = work.at;
  at.sequence = static_cast<std::int32_t>(blockIdx.z) / splits;
  at.split = static_cast<std::int32_t>(blockIdx.z) % splits;
  at.kv_head = static_cast<std::int32_t>(blockIdx.y);
  at.group = args.heads / args.layout.kv_heads;
  at.first_row = args.row_begin[at.sequence];
  at.packed = (args.row_begin[at.sequence + 1] - at.first_row) * at.group;
  at.base = static_cast<std::int32_t>(blockIdx.x) * tile_rows;
  if (at.base >= at.packed) {
    return work;
  }
  const auto last = min(at.base + tile_rows, at.packed) - 1;
  work.first =
      keys_of(static_cast<std::int32_t>(args.positions[at.row(at.base)]), args.window, args.chunk)
          .first;
  work.end = static_cast<std::int32_t>(args.positions[at.row(last)]) + 1;
  if (splits > 1) {
    const auto split = (work.first / split_keys + at.split) * split_keys;
    work.first = max(work.first, split);
    work.end = min(work.end, split + split_keys);
  }
  return work;
}

/// Of the keys of the work, those that packed query `p` sees.
__device__ inline key_range keys_of_query(const attention_args& args, const tile_work& work,
                                          std::int32_t p) {
  const auto& at = work.at;
  auto seen = p < at.packed ? keys_of(static_cast<std::int32_t>(args.positions[at.row(p)]),
                                      args.window, args.chunk)
                            : key_range{0, 0};
  seen.first = max(seen.first, work.first);
  seen.end = min(seen.end, work.end);
  return seen;
}

/// The tile's queries to shared memory; zeros past the last.
template <class Tile>
__device__ void stage_queries(const attention_args& args, const tile_place& at, bf16* to) {
  for (auto i = static_cast<std::int32_t>(threadIdx.x); i < Tile::rows * Tile::chunks;
       i += Tile::threads) {
    const auto p = at.base + i / Tile::chunks;
    const auto column = i % Tile::chunks * 8;
    const auto* q = static_cast<const bf16*>(args.q);
    if (p < at.packed) {
      q += static_cast<std::size_t>(at.row(p)) * args.q_stride
           + static_cast<std::size_t>(at.head(p) * Tile::head_dim + column);
    }
    copy_later(to + i / Tile::chunks * Tile::pitch + column, q, p < at.packed ? 16 : 0);
  }
}

/// Of what a product of a query and a key gives; -infinity where the query does not see it.
__device__ inline float score_of(const attention_args& args, float product, std::int32_t key,
                                 const key_range& seen) {
  float score = product * args.scale;
  if (args.softcap > 0) {
    score = args.softcap * tanh_f32(score / args.softcap);
  }
  return key >= seen.first && key < seen.end ? score : -INFINITY;
}

/// Raises the maximum of a thread's query `i`, of two, to `highest`: what was summed up to the one
/// before shrinks. Gives what exponents are taken against.
template <int Groups>
__device__ float raise_maximum(float highest, int i, float (&maximum)[2], float (&total)[2],
                               float (&sums)[Groups][4]) {
  // While a query has seen no key its maximum stays -infinity, and 0 stands for it.
  const float against = highest == -INFINITY ? 0.0F : highest;
  const float shrink = exp2_fast((maximum[i] - against) * log2_e);
  maximum[i] = highest;
  total[i] *= shrink;
#pragma unroll
  for (int n = 0; n < Groups; ++n) {
    sums[n][2 * i] *= shrink;
    sums[n][2 * i + 1] *= shrink;
  }
  return against;
}

/// Where the split at `at` of query `p` leaves what it found.
__device__ inline float* scratch_of(const attention_args& args, const tile_place& at,
                                    std::int32_t splits, std::int32_t p, std::int32_t width) {
  return args.scratch
         + ((static_cast<std::size_t>(at.row(p)) * static_cast<std::size_t>(args.heads)
             + static_cast<std::size_t>(at.head(p)))
                * static_cast<std::size_t>(splits)
            + static_cast<std::size_t>(at.split))
               * static_cast<std::size_t>(width);
}

template <class Tile>
__device__ void stage_rows(const paged_rows<bf16>& from, std::int32_t first, std::int32_t end,
                           std::int32_t count, bf16* to) {
  for (auto i = static_cast<std::int32_t>(threadIdx.x); i < count * Tile::chunks;
       i += Tile::threads) {
    const auto position = first + i / Tile::chunks;
    const auto column = i % Tile::chunks * 8;
    const bool is_there = position < end;
    copy_later(to + i / Tile::chunks * Tile::pitch + column,
               (is_there ? from.at(position) : from.first) + column, is_there ? 16 : 0);
  }
}

/// Of fp8 what is staged is bf16, which holds every code. These loads are waited for at once.
template <class Tile>
__device__ void stage_rows(const paged_rows<e4m3>& from, std::int32_t first, std::int32_t end,
                           std::int32_t count, bf16* to) {
  for (auto i = static_cast<std::int32_t>(threadIdx.x); i < count * Tile::chunks;
       i += Tile::threads) {
    const auto position = first + i / Tile::chunks;
    const auto column = i % Tile::chunks * 8;
    words<4> wide{};
    if (position < end) {
      const auto codes = *reinterpret_cast<const words<2>*>(from.at(position) + column);
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        const auto both = codes.each[j / 2] >> (j % 2 * 16);
        wide.each[j] = pack(widen(e4m3{static_cast<std::uint8_t>(both)}),
                            widen(e4m3{static_cast<std::uint8_t>(both >> 8U)}));
      }
    }
    *reinterpret_cast<words<4>*>(to + i / Tile::chunks * Tile::pitch + column) = wide;
  }
}

template <class Kept, int HeadDim, int RowWarps, int KeyWarps, int KeyTile>
__global__ void __launch_bounds__(32 * RowWarps * KeyWarps, 1)
    tile_kernel(attention_args args, std::int32_t splits) {
  using tile = attention_tile<HeadDim, RowWarps, KeyWarps, KeyTile>;
  const auto work = find_work(args, splits, tile::rows);
  const auto& [at, first, end] = work;
  if (first >= end) {
    return;
  }

  auto* queries = shared_memory<bf16>();
  auto* stages = queries + tile::rows * tile::pitch;
  const auto keys = keys_at<Kept>(args, at.sequence, at.kv_head);
  const auto values = values_at<Kept>(args, at.sequence, at.kv_head);
  stage_queries<tile>(args, at, queries);
  const auto begin = first / KeyTile * KeyTile;
  const auto stage = [&](std::int32_t from, int which) {
    auto* to = stages + which * tile::stage;
    stage_rows<tile>(keys, from, end, KeyTile, to);
    stage_rows<tile>(values, from, end, KeyTile, to + KeyTile * tile::pitch);
    commit_copies();
  };
  stage(begin, 0);

  const auto row_warp = static_cast<std::int32_t>(warp()) % RowWarps;
  const auto key_warp = static_cast<std::int32_t>(warp()) / RowWarps;
  const auto g = static_cast<std::int32_t>(lane()) / 4;
  const auto t = static_cast<std::int32_t>(lane()) % 4;
  key_range seen[2];
  for (int i = 0; i < 2; ++i) {
    seen[i] = keys_of_query(args, work, at.base + row_warp * 16 + g + 8 * i);
  }
  float maximum[2] = {-INFINITY, -INFINITY};
  float total[2] = {0, 0};
  float sums[HeadDim / 8][4] = {};

  int which = 0;
  for (auto from = begin; from < end; from += KeyTile, which ^= 1) {
    if (from + KeyTile < end) {
      stage(from + KeyTile, which ^ 1);
      wait_copies<1>();
    } else {
      wait_copies<0>();
    }
    sync_block();
    const auto* tile_keys = stages + which * tile::stage + key_warp * tile::warp_keys * tile::pitch;
    const auto* tile_values = tile_keys + KeyTile * tile::pitch;
    const auto i8 = static_cast<std::int32_t>(lane()) % 8;
    const auto m8 = static_cast<std::int32_t>(lane()) / 8;

    float scores[tile::key_groups][4] = {};
#pragma unroll
    for (int k = 0; k < HeadDim / 16; ++k) {
      bf16_pair a[4];
      load_matrices(a, queries
                           + (row_warp * 16 + static_cast<std::int32_t>(lane()) % 16) * tile::pitch
                           + k * 16 + static_cast<std::int32_t>(lane()) / 16 * 8);
#pragma unroll
      for (int j = 0; j < tile::key_groups; j += 2) {
        bf16_pair b[4];
        load_matrices(b, tile_keys + ((j + m8 / 2) * 8 + i8) * tile::pitch + k * 16 + m8 % 2 * 8);
        multiply_add(scores[j], a, b[0], b[1]);
        multiply_add(scores[j + 1], a, b[2], b[3]);
      }
    }

    float highest[2] = {maximum[0], maximum[1]};
#pragma unroll
    for (int j = 0; j < tile::key_groups; ++j) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const auto key = from + key_warp * tile::warp_keys + j * 8 + 2 * t + i % 2;
        scores[j][i] = score_of(args, scores[j][i], key, seen[i / 2]);
        highest[i / 2] = fmaxf(highest[i / 2], scores[j][i]);
      }
    }
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      highest[i] = fmaxf(highest[i], from_lane(highest[i], lane() ^ 1));
      highest[i] = fmaxf(highest[i], from_lane(highest[i], lane() ^ 2));
      highest[i] = raise_maximum(highest[i], i, maximum, total, sums);
    }
#pragma unroll
    for (int j = 0; j < tile::key_groups; ++j) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        scores[j][i] = exp2_fast((scores[j][i] - highest[i / 2]) * log2_e);
        total[i / 2] += scores[j][i];
      }
    }
#pragma unroll
    for (int k = 0; k < tile::warp_keys / 16; ++k) {
      const bf16_pair a[4] = {pack(scores[2 * k][0], scores[2 * k][1]),
                              pack(scores[2 * k][2], scores[2 * k][3]),
                              pack(scores[2 * k + 1][0], scores[2 * k + 1][1]),
                              pack(scores[2 * k + 1][2], scores[2 * k + 1][3])};
#pragma unroll
      for (int n = 0; n < HeadDim / 16; ++n) {
        bf16_pair b[4];
        load_transposed(b, tile_values + (k * 16 + m8 % 2 * 8 + i8) * tile::pitch + n * 16
                               + m8 / 2 * 8);
        multiply_add(sums[2 * n], a, b[0], b[1]);
        multiply_add(sums[2 * n + 1], a, b[2], b[3]);
      }
    }
    sync_block(); // Before the next but one overwrites this stage.
  }
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    total[i] += from_lane(total[i], lane() ^ 1);
    total[i] += from_lane(total[i], lane() ^ 2);
  }

  if constexpr (KeyWarps == 1) {
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const auto p = at.base + row_warp * 16 + g + 8 * i;
      if (p >= at.packed) {
        continue;
      }
      if (args.sinks != nullptr) {
        total[i] += exp2_fast((args.sinks[at.head(p)] - maximum[i]) * log2_e);
      }
      const float inverse = 1.0F / total[i];
      auto* out = static_cast<bf16*>(args.out)
                  + static_cast<std::size_t>(at.row(p)) * args.out_stride
                  + static_cast<std::size_t>(at.head(p) * HeadDim);
#pragma unroll
      for (int n = 0; n < HeadDim / 8; ++n) {
        out[n * 8 + 2 * t] = to_bf16(sums[n][2 * i] * inverse);
        out[n * 8 + 2 * t + 1] = to_bf16(sums[n][2 * i + 1] * inverse);
      }
    }
  } else {
    // The last sync_block ended the use of the stages.
    constexpr int width = HeadDim + 2;
    auto* found = shared_memory<float>();
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      auto* mine = found + (key_warp * 16 + g + 8 * i) * width;
#pragma unroll
      for (int n = 0; n < HeadDim / 8; ++n) {
        mine[n * 8 + 2 * t] = sums[n][2 * i];
        mine[n * 8 + 2 * t + 1] = sums[n][2 * i + 1];
      }
      if (t == 0) {
        mine[HeadDim] = maximum[i];
        mine[HeadDim + 1] = total[i];
      }
    }
    sync_block();
    for (auto i = static_cast<std::int32_t>(threadIdx.x); i < 16 * HeadDim; i += tile::threads) {
      const auto p = at.base + i / HeadDim;
      const auto column = i % HeadDim;
      if (p >= at.packed) {
        continue;
      }
      const auto* mine = found + i / HeadDim * width;
      float high = -INFINITY;
      for (int w = 0; w < KeyWarps; ++w) {
        high = fmaxf(high, mine[w * 16 * width + HeadDim]);
      }
      float sum = 0;
      float weight = 0;
      for (int w = 0; w < KeyWarps && high != -INFINITY; ++w) {
        const auto* part = mine + w * 16 * width;
        const float shrink = exp2_fast((part[HeadDim] - high) * log2_e);
        sum = fmaf(part[column], shrink, sum);
        weight = fmaf(part[HeadDim + 1], shrink, weight);
      }
      if (splits > 1) {
        auto* to = scratch_of(args, at, splits, p, width);
        to[column] = sum;
        if (column == 0) {
          to[HeadDim] = high;
          to[HeadDim + 1] = weight;
        }
        continue;
      }
      if (args.sinks != nullptr) {
        weight += exp2_fast((args.sinks[at.head(p)] - high) * log2_e);
      }
      static_cast<bf16*>(args.out)[static_cast<std::size_t>(at.row(p)) * args.out_stride
                                   + static_cast<std::size_t>(at.head(p) * HeadDim + column)] =
          to_bf16(sum / weight);
    }
  }
}

} // namespace troupe::cuda::ops
