// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

namespace troupe::engine::cpu::portable {

void rope(const ops::rope_args& args) {
  TROUPE_CHECK(args.rows >= 1 && args.heads >= 1);
  TROUPE_CHECK(args.head_dim >= 16 && args.head_dim % 16 == 0);
  TROUPE_CHECK(args.rotary_dim >= 0 && args.rotary_dim % 2 == 0);
  TROUPE_CHECK(args.rotary_dim <= args.head_dim);
  const auto rotary = args.rotary_dim == 0 ? args.head_dim : args.rotary_dim;
  const auto half = static_cast<std::size_t>(rotary) / 2;
  const auto head_dim = static_cast<std::size_t>(args.head_dim);
  const std::size_t step = args.has_adjacent_pairs ? 2 : 1;
  const std::size_t apart = args.has_adjacent_pairs ? 1 : half;
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const float* cos = args.cos + args.positions[r] * half;
    const float* sin = args.sin + args.positions[r] * half;
    for (std::size_t h = 0; h < static_cast<std::size_t>(args.heads); ++h) {
      float* first = args.x + r * args.x_stride + h * head_dim;
      float* second = first + apart;
      for (std::size_t i = 0; i < half; ++i) {
        const float a = first[i * step];
        const float b = second[i * step];
        first[i * step] = a * cos[i] - b * sin[i];
        second[i * step] = b * cos[i] + a * sin[i];
      }
    }
  }
}

} // namespace troupe::engine::cpu::portable
