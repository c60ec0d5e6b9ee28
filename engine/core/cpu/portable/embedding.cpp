// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

#include <cstring>

namespace troupe::engine::cpu::portable {
namespace {

float element(const std::byte* from, ops::dtype type) {
  if (type == ops::dtype::f32) {
    float value = 0;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
  std::uint16_t bits = 0;
  std::memcpy(&bits, from, sizeof bits);
  return type == ops::dtype::bf16 ? ops::bf16_to_f32(bits) : ops::f16_to_f32(bits);
}

} // namespace

void embedding(const ops::embedding_args& args) {
  TROUPE_CHECK(args.rows >= 1 && args.cols >= 1);
  const auto width = ops::element_bytes(args.type);
  const auto cols = static_cast<std::size_t>(args.cols);
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const auto* row = static_cast<const std::byte*>(args.table) + args.ids[r] * cols * width;
    for (std::size_t c = 0; c < cols; ++c) {
      args.out[r * args.out_stride + c] = element(row + c * width, args.type) * args.scale;
    }
  }
}

} // namespace troupe::engine::cpu::portable
