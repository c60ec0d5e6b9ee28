// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/core/step_batch.hpp"

namespace troupe::cuda::bench {

inline constexpr std::int32_t block_size = 16;

/// A step of `sequences` sequences that compute `count` tokens after `first` others, each in blocks
/// of its own, one after the other; the last row of each is wanted.
[[nodiscard]] step_batch batch_of(std::int32_t sequences, std::int32_t first, std::int32_t count);

} // namespace troupe::cuda::bench
