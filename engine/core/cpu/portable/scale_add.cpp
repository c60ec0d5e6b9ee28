// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/portable/portable_ops.hpp"

#include <cmath>
#include <cstring>

namespace troupe::engine::cpu::portable {

void scale_add(const ops::scale_add_args& args) {
  constexpr std::size_t width = ops::panel_width;
  float scale[width];
  std::memcpy(scale, args.scale, sizeof scale);
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const auto* x = args.x + r * args.x_stride;
    auto* out = args.out + r * args.out_stride;
    for (std::size_t n = 0; n < width; ++n) {
      out[n] = std::fma(x[n], scale[n], args.is_first ? 0.0F : out[n]);
    }
  }
}

} // namespace troupe::engine::cpu::portable
