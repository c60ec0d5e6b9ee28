// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/grid.cuh"
#include "cuda/ops/rope_store.hpp"

#include <cmath>

/// What a warp does to one head in shared memory; its lanes have met when a function returns.
namespace troupe::cuda::ops {

__device__ inline float inverse_rms(const float* head, std::int32_t head_dim, float eps) {
  float squares = 0;
  for (auto i = static_cast<std::int32_t>(lane()); i < head_dim; i += 32) {
    squares = fmaf(head[i], head[i], squares);
  }
  return 1.0F / sqrtf(over_warp(squares, plus{}) / static_cast<float>(head_dim) + eps);
}

__device__ inline void norm_head(float* head, std::int32_t head_dim, const float* weight,
                                 float eps) {
  const float inverse = inverse_rms(head, head_dim, eps);
  for (auto i = static_cast<std::int32_t>(lane()); i < head_dim; i += 32) {
    head[i] *= inverse;
    head[i] *= weight == nullptr ? 1.0F : weight[i];
  }
  sync_warp();
}

__device__ inline void turn_head(float* head, const rope_turn& how, std::uint32_t position) {
  const auto half = how.rotary_dim / 2;
  const auto* cos = how.cos + static_cast<std::size_t>(position) * static_cast<std::size_t>(half);
  const auto* sin = how.sin + static_cast<std::size_t>(position) * static_cast<std::size_t>(half);
  for (auto i = static_cast<std::int32_t>(lane()); i < half; i += 32) {
    const auto first = how.has_adjacent_pairs ? 2 * i : i;
    const auto second = how.has_adjacent_pairs ? 2 * i + 1 : i + half;
    const float a = head[first];
    const float b = head[second];
    head[first] = a * cos[i] - b * sin[i];
    head[second] = b * cos[i] + a * sin[i];
  }
  sync_warp();
}

} // namespace troupe::cuda::ops
