// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/portable/portable_ops.hpp"

#include <array>
#include <bit>

namespace troupe::engine::cpu::portable {
namespace {

constexpr auto halves = [] {
  std::array<std::uint16_t, 256> all{};
  for (std::size_t code = 0; code < all.size(); ++code) {
    const auto value = ops::e4m3_to_f32(static_cast<std::uint8_t>(code));
    all[code] = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16U);
  }
  return all;
}();

} // namespace

void widen_fp8(const std::uint8_t* codes, std::size_t count, std::uint16_t* out) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = halves[codes[i]];
  }
}

} // namespace troupe::engine::cpu::portable
