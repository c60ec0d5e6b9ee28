// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

namespace troupe::engine::cpu::portable {
namespace {

void turn_halves(float* head, std::size_t half, const float* cos, const float* sin) {
  float* second = head + half;
  for (std::size_t i = 0; i < half; ++i) {
    const float a = head[i];
    const float b = second[i];
    head[i] = a * cos[i] - b * sin[i];
    second[i] = b * cos[i] + a * sin[i];
  }
}

void turn_pairs(float* head, std::size_t half, const float* cos, const float* sin) {
  for (std::size_t i = 0; i < half; ++i) {
    const float a = head[2 * i];
    const float b = head[2 * i + 1];
    head[2 * i] = a * cos[i] - b * sin[i];
    head[2 * i + 1] = b * cos[i] + a * sin[i];
  }
}

} // namespace

void rope(const ops::rope_args& args) {
  TROUPE_CHECK(args.rows >= 1 && args.heads >= 1);
  TROUPE_CHECK(args.head_dim >= 16 && args.head_dim % 16 == 0);
  TROUPE_CHECK(args.rotary_dim >= 0 && args.rotary_dim % 2 == 0);
  TROUPE_CHECK(args.rotary_dim <= args.head_dim);
  const auto rotary = args.rotary_dim == 0 ? args.head_dim : args.rotary_dim;
  const auto half = static_cast<std::size_t>(rotary) / 2;
  const auto head_dim = static_cast<std::size_t>(args.head_dim);
  const auto turn = args.has_adjacent_pairs ? turn_pairs : turn_halves;
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const float* cos = args.cos + args.positions[r] * half;
    const float* sin = args.sin + args.positions[r] * half;
    for (std::size_t h = 0; h < static_cast<std::size_t>(args.heads); ++h) {
      turn(args.x + r * args.x_stride + h * head_dim, half, cos, sin);
    }
  }
}

} // namespace troupe::engine::cpu::portable
