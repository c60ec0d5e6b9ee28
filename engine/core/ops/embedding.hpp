// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/dtype.hpp"

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// out[r] = table[ids[r]] * scale, the element being widened to fp32 exactly before.
///
/// Shapes:   table [vocab, cols] of `type`, rows as in a checkpoint, any alignment; ids [rows];
///           out [rows, cols] fp32 with row stride.
/// Requires: whole blocks (checked); every id < vocab (the executor refuses others before).
/// Checked:  test/conformance/ops/row_ops_test.cpp
struct embedding_args {
  const void* table = nullptr;
  dtype type = dtype::f32;
  std::int32_t cols = 0;
  float scale = 1;
  const std::uint32_t* ids = nullptr;
  std::int32_t rows = 0;
  float* out = nullptr;
  std::size_t out_stride = 0;
};
using embedding_fn = void (*)(const embedding_args&);

} // namespace troupe::engine::ops
