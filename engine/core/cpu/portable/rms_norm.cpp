// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/portable/lanes.hpp"
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

#include <cmath>

namespace troupe::engine::cpu::portable {

void rms_norm(const ops::rms_norm_args& args) {
  TROUPE_CHECK(args.rows >= 1 && args.cols >= 1);
  const auto cols = static_cast<std::size_t>(args.cols);
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const float* x = args.x + r * args.x_stride;
    float* out = args.out + r * args.out_stride;
    lanes squares{};
    for (std::size_t c = 0; c < cols; ++c) {
      squares[c % 16] = std::fma(x[c], x[c], squares[c % 16]);
    }
    const float mean = sum_lanes(squares) / static_cast<float>(args.cols);
    const float inverse = 1.0F / std::sqrt(mean + args.eps);
    for (std::size_t c = 0; c < cols; ++c) {
      out[c] = x[c] * inverse * args.weight[c];
    }
  }
}

} // namespace troupe::engine::cpu::portable
