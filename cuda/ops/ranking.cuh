// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/grid.cuh"
#include "cuda/math/numbers.hpp"

#include <cstdint>

/// The order of the tokens of a row of logits.
namespace troupe::cuda::ops {

/// Larger is likelier; of equal logits the lower id is larger. Both zeros are equal.
__device__ inline std::uint64_t rank_of(float logit, std::uint32_t id) {
  const auto bits = float_to_bits(logit == 0 ? 0.0F : logit);
  const auto ordered = (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
  return std::uint64_t{ordered} << 32U | (0xffffffffU - id);
}

__device__ inline std::uint32_t id_of(std::uint64_t rank) {
  return 0xffffffffU - static_cast<std::uint32_t>(rank & 0xffffffffU);
}

} // namespace troupe::cuda::ops
