// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

#include <bit>

namespace troupe::engine::cpu::portable {
namespace {

std::uint32_t rounded(std::uint32_t bits) {
  const auto magnitude = bits & 0x7fffffffU;
  const auto sign = bits >> 16U & 0x8000U;
  const auto nearest = (magnitude + 0x7fffU + (magnitude >> 16U & 1U)) >> 16U;
  const auto number = nearest < 0x80U ? 0U : nearest;
  return sign | (magnitude > 0x7f800000U ? 0x7fc0U : number);
}

} // namespace

void round_rows(const ops::round_rows_args& args) {
  TROUPE_CHECK(args.rows >= 1 && args.inputs >= 1);
  const auto inputs = static_cast<std::size_t>(args.inputs);
  const auto stride = static_cast<std::size_t>(ops::round_up_to_pair(args.inputs));
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const auto* x = args.x + r * args.x_stride;
    auto* pairs = args.out.pairs + r * stride;
    auto* wide = args.out.wide + r * stride;
    for (std::size_t k = 0; k < inputs; ++k) {
      const auto bits = rounded(std::bit_cast<std::uint32_t>(x[k]));
      pairs[k] = static_cast<std::uint16_t>(bits);
      wide[k] = std::bit_cast<float>(bits << 16U);
    }
    if (stride > inputs) {
      pairs[inputs] = 0;
      wide[inputs] = 0;
    }
  }
}

} // namespace troupe::engine::cpu::portable
