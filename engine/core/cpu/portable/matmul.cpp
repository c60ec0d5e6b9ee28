// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

#include <cmath>

namespace troupe::engine::cpu::portable {
namespace {

constexpr auto width = static_cast<std::size_t>(ops::panel_width);

float widen(float value) {
  return value;
}

float widen(std::uint16_t bits) {
  return ops::f16_to_f32(bits);
}

template <class Element>
void multiply_panel(const ops::matmul_args& args, std::size_t panel) {
  const auto inputs = static_cast<std::size_t>(args.w.inputs);
  const auto* w = static_cast<const Element*>(args.w.data) + panel * inputs * width;
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const float* x = args.x + r * args.x_stride;
    float sums[width] = {};
    for (std::size_t k = 0; k < inputs; ++k) {
      for (std::size_t n = 0; n < width; ++n) {
        sums[n] = std::fma(x[k], widen(w[k * width + n]), sums[n]);
      }
    }
    for (std::size_t n = 0; n < width; ++n) {
      args.out[r * args.out_stride + panel * width + n] = sums[n];
    }
  }
}

} // namespace

void matmul(const ops::matmul_args& args) {
  TROUPE_CHECK(args.rows >= 1);
  TROUPE_CHECK(args.panel_begin >= 0 && args.panel_begin < args.panel_end);
  TROUPE_CHECK(args.panel_end <= args.w.panels());
  TROUPE_CHECK(args.w.type == ops::dtype::f32 || args.w.type == ops::dtype::f16);
  for (auto panel = args.panel_begin; panel < args.panel_end; ++panel) {
    if (args.w.type == ops::dtype::f32) {
      multiply_panel<float>(args, static_cast<std::size_t>(panel));
    } else {
      multiply_panel<std::uint16_t>(args, static_cast<std::size_t>(panel));
    }
  }
}

} // namespace troupe::engine::cpu::portable
