// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "engine/core/ops/k_block.hpp"
#include "runtime/base/check.hpp"

#include <cstring>

namespace troupe::engine::cpu::portable {
namespace {

template <class Value>
Value read(const std::byte* from) {
  Value value{};
  std::memcpy(&value, from, sizeof value);
  return value;
}

float element(const std::byte* row, std::size_t c, ops::dtype type) {
  constexpr std::size_t block = ops::block_inputs;
  constexpr std::size_t scale_bytes = 2;
  switch (type) {
    case ops::dtype::f32:
      return read<float>(row + c * 4);
    case ops::dtype::bf16:
      return ops::bf16_to_f32(read<std::uint16_t>(row + c * 2));
    case ops::dtype::f16:
      return ops::f16_to_f32(read<std::uint16_t>(row + c * 2));
    default:
      break;
  }
  const auto* at = row + c / block * ops::bytes_of_block(type);
  const auto scale = ops::f16_to_f32(read<std::uint16_t>(at));
  const auto k = c % block;
  if (type == ops::dtype::q8_0) {
    return scale * static_cast<float>(read<std::int8_t>(at + scale_bytes + k));
  }
  const auto both = read<std::uint8_t>(at + scale_bytes + k % 16);
  return scale * static_cast<float>((k < 16 ? both & 15 : both >> 4) - 8);
}

void widen_k_blocks(const std::byte* row, std::size_t cols, ops::dtype type, float scale,
                    float* out) {
  for (std::size_t c = 0; c < cols; c += ops::k_block_inputs) {
    const auto block =
        ops::take_apart(type, row + c / ops::k_block_inputs * ops::bytes_of_block(type));
    for (std::size_t i = 0; i < ops::k_block_inputs; ++i) {
      out[c + i] = ops::number_of(block, type, i) * scale;
    }
  }
}

} // namespace

void embedding(const ops::embedding_args& args) {
  TROUPE_CHECK(args.rows >= 1 && args.cols >= 1);
  TROUPE_CHECK(args.type < ops::dtype::int4); // Nobody makes a table of codes.
  TROUPE_CHECK(args.cols % ops::inputs_of_block(args.type) == 0);
  const auto cols = static_cast<std::size_t>(args.cols);
  const auto row_bytes = ops::row_bytes(args.type, cols);
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const auto* row = static_cast<const std::byte*>(args.table) + args.ids[r] * row_bytes;
    if (ops::is_k_block(args.type)) {
      widen_k_blocks(row, cols, args.type, args.scale, args.out + r * args.out_stride);
      continue;
    }
    for (std::size_t c = 0; c < cols; ++c) {
      args.out[r * args.out_stride + c] = element(row, c, args.type) * args.scale;
    }
  }
}

} // namespace troupe::engine::cpu::portable
