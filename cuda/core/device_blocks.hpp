// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/dtype.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

/// Weights in blocks on their way from a checkpoint to a device. Host logic.
/// Checked: test/unit/cuda/device_blocks_test.cpp
namespace troupe::cuda {

/// Bytes of integers and of scales of a matrix; what block_matrix in cuda/ops/gemv.hpp points at.
struct block_bytes {
  std::size_t integers = 0;
  std::size_t scales = 0;
};

/// Requires: a type of blocks, whole blocks (checked).
[[nodiscard]] block_bytes device_block_bytes(engine::ops::dtype type, std::size_t outputs,
                                             std::size_t inputs);

/// Takes integers and scales of whole rows apart. Requires: sizes that agree (checked).
void split_blocks(engine::ops::dtype type, std::span<const std::byte> rows,
                  std::span<std::byte> integers, std::span<std::byte> scales);

} // namespace troupe::cuda
