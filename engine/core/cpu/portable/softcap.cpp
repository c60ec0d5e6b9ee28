// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/exp.hpp"
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

namespace troupe::engine::cpu::portable {

void softcap(const ops::softcap_args& args) {
  TROUPE_CHECK(args.rows >= 1 && args.cols >= 1);
  TROUPE_CHECK(args.cap > 0);
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    float* x = args.x + r * args.x_stride;
    for (std::size_t c = 0; c < static_cast<std::size_t>(args.cols); ++c) {
      x[c] = args.cap * tanh_f32(x[c] / args.cap);
    }
  }
}

} // namespace troupe::engine::cpu::portable
