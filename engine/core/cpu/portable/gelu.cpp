// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/exp.hpp"
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

#include <array>
#include <cmath>

namespace troupe::engine::cpu::portable {
namespace {

/// Of Q by rising powers.
constexpr std::array<float, 11> tail_terms{
    0.17900115F,   -0.32623357F,  0.24560382F,    -0.15011580F,  0.071665928F, -0.024393974F,
    0.0042686202F, 7.1476569e-4F, -5.9450214e-4F, 3.0179130e-5F, 5.6606295e-5F};

/// The share of a normal distribution that lies farther out than `size` on one side.
float tail_of(float size) {
  constexpr float far = 14.0F;
  const float near = size > far ? far : size;
  const float t = near * 0.70710678118654752F;
  const float place = (t - 3.0F) / (t + 3.0F);
  float sum = tail_terms.back();
  for (std::size_t i = tail_terms.size() - 1; i > 0; --i) {
    sum = std::fma(sum, place, tail_terms[i - 1]);
  }
  const float square = near * near;
  const float rest = std::fma(near, near, -square);
  return 0.5F * (exp_f32(-0.5F * square) * (1.0F - 0.5F * rest)) * sum;
}

} // namespace

void gelu(const ops::gelu_args& args) {
  TROUPE_CHECK(args.rows >= 1 && args.cols >= 1);
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    float* x = args.x + r * args.x_stride;
    for (std::size_t c = 0; c < static_cast<std::size_t>(args.cols); ++c) {
      const float tail = tail_of(std::fabs(x[c]));
      x[c] *= x[c] < 0 ? tail : 1.0F - tail;
    }
  }
}

} // namespace troupe::engine::cpu::portable
