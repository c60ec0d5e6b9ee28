// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/portable/lanes.hpp"
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

#include <cmath>

namespace troupe::engine::cpu::portable {

void layer_norm(const ops::layer_norm_args& args) {
  TROUPE_CHECK(args.rows >= 1 && args.cols >= 1);
  const auto cols = static_cast<std::size_t>(args.cols);
  const auto count = static_cast<float>(args.cols);
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const float* x = args.x + r * args.x_stride;
    float* out = args.out + r * args.out_stride;
    lanes sums{};
    for (std::size_t c = 0; c < cols; ++c) {
      sums[c % 16] += x[c];
    }
    const float mean = sum_lanes(sums) / count;
    lanes squares{};
    for (std::size_t c = 0; c < cols; ++c) {
      const float off = x[c] - mean;
      squares[c % 16] += off * off;
    }
    const float inverse = 1.0F / std::sqrt(sum_lanes(squares) / count + args.eps);
    for (std::size_t c = 0; c < cols; ++c) {
      out[c] = (x[c] - mean) * inverse * args.weight[c] + args.bias[c];
    }
  }
}

} // namespace troupe::engine::cpu::portable
