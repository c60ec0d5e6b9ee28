// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace troupe::engine::cpu::amx {

/// What LDTILECFG reads (Intel 64 SDM volume 2): rows and bytes of a row of every tile. Kernels
/// name their tiles by role: 0 to 3 are sums, [rows' tile][panel]; 4 and 5 activations; 6 and 7
/// weights.
struct alignas(64) tile_shape {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};
};
static_assert(sizeof(tile_shape) == 64);

} // namespace troupe::engine::cpu::amx
