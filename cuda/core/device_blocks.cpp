// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/device_blocks.hpp"

#include "runtime/base/check.hpp"

#include <cstring>

namespace troupe::cuda {
namespace {

constexpr std::size_t scale_bytes = 2;

} // namespace

block_bytes device_block_bytes(engine::ops::dtype type, std::size_t outputs, std::size_t inputs) {
  TROUPE_CHECK(type == engine::ops::dtype::q8_0 || type == engine::ops::dtype::q4_0);
  TROUPE_CHECK(inputs % engine::ops::block_inputs == 0);
  const auto blocks = outputs * (inputs / engine::ops::block_inputs);
  const auto each = engine::ops::row_bytes(type, engine::ops::block_inputs);
  return {blocks * (each - scale_bytes), blocks * scale_bytes};
}

void split_blocks(engine::ops::dtype type, std::span<const std::byte> rows,
                  std::span<std::byte> integers, std::span<std::byte> scales) {
  TROUPE_CHECK(type == engine::ops::dtype::q8_0 || type == engine::ops::dtype::q4_0);
  const auto each = engine::ops::row_bytes(type, engine::ops::block_inputs);
  const auto blocks = rows.size() / each;
  TROUPE_CHECK(rows.size() == blocks * each);
  TROUPE_CHECK(integers.size() == blocks * (each - scale_bytes));
  TROUPE_CHECK(scales.size() == blocks * scale_bytes);
  for (std::size_t b = 0; b < blocks; ++b) {
    const auto* block = rows.data() + b * each;
    std::memcpy(scales.data() + b * scale_bytes, block, scale_bytes);
    std::memcpy(integers.data() + b * (each - scale_bytes), block + scale_bytes,
                each - scale_bytes);
  }
}

} // namespace troupe::cuda
