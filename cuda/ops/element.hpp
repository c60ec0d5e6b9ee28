// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/stream.hpp"
#include "engine/core/ops/dtype.hpp"

#include <cstddef>
#include <cstdint>

/// What every operation on a device shares with the others.
///
/// Memory:    pointers are of the device; the caller keeps it until the work is done.
/// Stream:    asynchronous on the stream given; allocates nothing; may be captured in a graph.
/// Errors:    invalid_value for what an operation is not made for; CUDA's for a launch that fails.
/// Precision: `u` is what one rounding to the output's type does, relatively: 2^-8 for bf16,
///            2^-24 for fp32, and at most 2^-133 where the result is subnormal. Tolerances in the
///            headers of the ops are against the CPU's op of the same name on the same inputs,
///            widened.
namespace troupe::cuda::ops {

enum class element : std::uint8_t { f32, bf16 };

/// Rows of elements, `stride` elements apart.
struct rows_in {
  const void* data = nullptr;
  std::size_t stride = 0;
  element type = element::f32;
};

struct rows_out {
  void* data = nullptr;
  std::size_t stride = 0;
  element type = element::f32;
};

/// Weights [outputs, inputs]: bf16 row by row, or codes in the panels of
/// engine/core/ops/packed_matrix.hpp, as the CPU's ops read them. At a multiple of 16 bytes.
struct matrix_in {
  const void* data = nullptr;
  engine::ops::dtype type = engine::ops::dtype::bf16;
};

/// Whether such a matrix holds codes and scales.
[[nodiscard]] constexpr bool is_coded(engine::ops::dtype type) {
  return engine::ops::is_blocked(type) || type == engine::ops::dtype::fp8;
}

/// Products of one shape in one launch, such as those of all heads: elements from one's to the
/// next. Requires: where there are many, steps of x and w that are multiples of 8.
struct product_batch {
  std::int32_t count = 1;
  std::size_t x = 0;
  std::size_t w = 0;
  std::size_t out = 0;
};

/// Columns that an op with a whole row in shared memory takes.
inline constexpr std::int32_t cols_max = 32'768;

} // namespace troupe::cuda::ops
