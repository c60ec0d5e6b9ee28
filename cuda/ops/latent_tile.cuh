// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/attention_tile.cuh"

/// Attention whose values are the first numbers of its keys (MLA), so that both are staged once. A
/// block takes 64 packed queries, of which a warp has 16 and half of the columns of the values; the
/// two warps with the same queries share the keys of a tile for the scores, and tell each other.
namespace troupe::cuda::ops {

struct latent_tile {
  static constexpr int head_dim = 576;
  static constexpr int value_dim = 512;
  static constexpr int row_warps = 4;
  static constexpr int halves = 2; ///< Of a tile's keys, and of the columns of values.
  static constexpr int threads = 32 * row_warps * halves;
  static constexpr int rows = 16 * row_warps;
  static constexpr int keys = 32; ///< Of a tile.
  static constexpr int half_keys = keys / halves;
  static constexpr int half_cols = value_dim / halves;
  static constexpr int pitch = head_dim + 8; ///< Rows 16 bytes off, so that banks do not meet.
  static constexpr int chunks = head_dim / 8;
  static constexpr int stage = keys * pitch;
  static constexpr int weight_pitch = keys + 8;
  static constexpr std::size_t staged_bytes =
      ((rows + 2 * keys) * pitch + rows * weight_pitch) * sizeof(bf16);
  /// With a number of each query and half behind it.
  static constexpr std::size_t shared_bytes = staged_bytes + halves * rows * sizeof(float);
  static_assert(half_keys == 16);
};

template <class Kept>
__global__ void __launch_bounds__(latent_tile::threads, 1)
    latent_kernel(attention_args args, std::int32_t splits) {
  using tile = latent_tile;
  const auto work = find_work(args, splits, tile::rows);
  const auto& [at, first, end] = work;
  if (first >= end) {
    return;
  }
  auto* queries = shared_memory<bf16>();
  auto* stages = queries + tile::rows * tile::pitch;
  auto* weights = stages + 2 * tile::stage;
  auto* told = reinterpret_cast<float*>(weights + tile::rows * tile::weight_pitch);
  const auto keys = keys_at<Kept>(args, at.sequence, at.kv_head);
  stage_queries<tile>(args, at, queries);
  const auto begin = first / tile::keys * tile::keys;
  const auto stage = [&](std::int32_t from, int which) {
    stage_rows<tile>(keys, from, end, tile::keys, stages + which * tile::stage);
    commit_copies();
  };
  stage(begin, 0);

  const auto l = static_cast<std::int32_t>(lane());
  const auto row_warp = static_cast<std::int32_t>(warp()) % tile::row_warps;
  const auto half = static_cast<std::int32_t>(warp()) / tile::row_warps;
  const auto g = l / 4;
  const auto t = l % 4;
  // Of the two queries of a thread, by half what each warp tells the other.
  const auto mine = [&](int i) {
    return half * tile::rows + row_warp * 16 + g + 8 * i;
  };
  const auto other = [&](int i) {
    return (1 - half) * tile::rows + row_warp * 16 + g + 8 * i;
  };
  key_range seen[2];
  for (int i = 0; i < 2; ++i) {
    seen[i] = keys_of_query(args, work, at.base + row_warp * 16 + g + 8 * i);
  }
  float maximum[2] = {-INFINITY, -INFINITY};
  float total[2] = {0, 0}; ///< Of the warp's own keys.
  float sums[tile::half_cols / 8][4] = {};

  int which = 0;
  for (auto from = begin; from < end; from += tile::keys, which ^= 1) {
    if (from + tile::keys < end) {
      stage(from + tile::keys, which ^ 1);
      wait_copies<1>();
    } else {
      wait_copies<0>();
    }
    sync_block();
    const auto* tile_keys = stages + which * tile::stage;

    float scores[2][4] = {};
#pragma unroll 4
    for (int k = 0; k < tile::head_dim / 16; ++k) {
      bf16_pair a[4];
      load_matrices(a, queries + (row_warp * 16 + l % 16) * tile::pitch + k * 16 + l / 16 * 8);
      bf16_pair b[4];
      load_matrices(b, tile_keys + (half * tile::half_keys + l / 16 * 8 + l % 8) * tile::pitch
                           + k * 16 + l / 8 % 2 * 8);
      multiply_add(scores[0], a, b[0], b[1]);
      multiply_add(scores[1], a, b[2], b[3]);
    }

    float highest[2] = {-INFINITY, -INFINITY};
#pragma unroll
    for (int j = 0; j < 2; ++j) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const auto key = from + half * tile::half_keys + j * 8 + 2 * t + i % 2;
        scores[j][i] = score_of(args, scores[j][i], key, seen[i / 2]);
        highest[i / 2] = fmaxf(highest[i / 2], scores[j][i]);
      }
    }
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      highest[i] = fmaxf(highest[i], from_lane(highest[i], lane() ^ 1));
      highest[i] = fmaxf(highest[i], from_lane(highest[i], lane() ^ 2));
      if (t == 0) {
        told[mine(i)] = highest[i];
      }
    }
    sync_block();
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const float higher = fmaxf(maximum[i], fmaxf(highest[i], told[other(i)]));
      highest[i] = raise_maximum(higher, i, maximum, total, sums);
    }
#pragma unroll
    for (int j = 0; j < 2; ++j) {
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        const float low = exp2_fast((scores[j][2 * i] - highest[i]) * log2_e);
        const float high = exp2_fast((scores[j][2 * i + 1] - highest[i]) * log2_e);
        total[i] += low + high;
        auto* to = weights + (row_warp * 16 + g + 8 * i) * tile::weight_pitch
                   + half * tile::half_keys + j * 8 + 2 * t;
        *reinterpret_cast<bf16_pair*>(to) = pack(low, high);
      }
    }
    sync_block();
#pragma unroll
    for (int k = 0; k < tile::keys / 16; ++k) {
      bf16_pair a[4];
      load_matrices(a,
                    weights + (row_warp * 16 + l % 16) * tile::weight_pitch + k * 16 + l / 16 * 8);
#pragma unroll
      for (int n = 0; n < tile::half_cols / 16; ++n) {
        bf16_pair b[4];
        load_transposed(b, tile_keys + (k * 16 + l / 8 % 2 * 8 + l % 8) * tile::pitch
                               + half * tile::half_cols + n * 16 + l / 16 * 8);
        multiply_add(sums[2 * n], a, b[0], b[1]);
        multiply_add(sums[2 * n + 1], a, b[2], b[3]);
      }
    }
    sync_block(); // Before the next but one overwrites this stage, and the next the weights.
  }
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    total[i] += from_lane(total[i], lane() ^ 1);
    total[i] += from_lane(total[i], lane() ^ 2);
    if (t == 0) {
      told[mine(i)] = total[i];
    }
  }
  sync_block();
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    const auto p = at.base + row_warp * 16 + g + 8 * i;
    if (p >= at.packed) {
      continue;
    }
    float all = total[i] + told[other(i)];
    if (splits > 1) {
      auto* to = scratch_of(args, at, splits, p, tile::value_dim + 2);
      if (half == 0 && t == 0) {
        to[tile::value_dim] = maximum[i];
        to[tile::value_dim + 1] = all;
      }
#pragma unroll
      for (int n = 0; n < tile::half_cols / 8; ++n) {
        to[half * tile::half_cols + n * 8 + 2 * t] = sums[n][2 * i];
        to[half * tile::half_cols + n * 8 + 2 * t + 1] = sums[n][2 * i + 1];
      }
      continue;
    }
    if (args.sinks != nullptr) {
      all += exp2_fast((args.sinks[at.head(p)] - maximum[i]) * log2_e);
    }
    const float inverse = 1.0F / all;
    auto* out = static_cast<bf16*>(args.out) + static_cast<std::size_t>(at.row(p)) * args.out_stride
                + static_cast<std::size_t>(at.head(p) * tile::value_dim + half * tile::half_cols);
#pragma unroll
    for (int n = 0; n < tile::half_cols / 8; ++n) {
      out[n * 8 + 2 * t] = to_bf16(sums[n][2 * i] * inverse);
      out[n * 8 + 2 * t + 1] = to_bf16(sums[n][2 * i + 1] * inverse);
    }
  }
}

} // namespace troupe::cuda::ops
