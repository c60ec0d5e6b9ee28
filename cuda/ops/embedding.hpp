// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/element.hpp"
#include "engine/core/ops/dtype.hpp"

namespace troupe::cuda::ops {

/// out[r] = table[ids[r]] * scale, as engine/core/ops/embedding.hpp.
///
/// Shapes:    table [vocab, cols] of `type`, rows as in a checkpoint; ids [rows] of the device.
/// Requires:  rows, cols >= 1; whole blocks; every id < vocab (the caller's duty).
/// Tolerance: none, the same bits in fp32; u * |out| in bf16.
/// Checked:   test/gpu/row_ops_test.cpp
struct embedding_args {
  const void* table = nullptr;
  engine::ops::dtype type = engine::ops::dtype::bf16;
  std::int32_t cols = 0;
  float scale = 1;
  const std::uint32_t* ids = nullptr;
  std::int32_t rows = 0;
  rows_out out;
};
[[nodiscard]] status embedding(const embedding_args& args, stream on);

} // namespace troupe::cuda::ops
