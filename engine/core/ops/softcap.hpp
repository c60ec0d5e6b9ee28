// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// x[r,c] = cap * tanh(x[r,c] / cap), in place; tanh is ours (engine/core/cpu/exp.hpp).
///
/// Shapes:   x [rows, cols] fp32 with row stride.
/// Requires: cap > 0 (checked). Cannot fail.
/// Checked:  test/conformance/ops/row_ops_test.cpp
struct softcap_args {
  float* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  std::int32_t cols = 0;
  float cap = 0;
};
using softcap_fn = void (*)(const softcap_args&);

} // namespace troupe::engine::ops
