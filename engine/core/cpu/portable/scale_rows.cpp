// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

namespace troupe::engine::cpu::portable {

void scale_rows(const ops::scale_rows_args& args) {
  TROUPE_CHECK(args.rows >= 1 && args.cols >= 1);
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    float* x = args.x + r * args.x_stride;
    for (std::size_t c = 0; c < static_cast<std::size_t>(args.cols); ++c) {
      x[c] *= args.scale[r];
    }
  }
}

} // namespace troupe::engine::cpu::portable
