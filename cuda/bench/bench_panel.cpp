// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/bench/bench_panel.hpp"

#include "engine/core/ops/packed_matrix.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/rng.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace troupe::cuda::bench {
namespace {

using engine::ops::dtype;

/// What the integers that are drawn deviate by.
float deviation_of(dtype type) {
  switch (type) {
    case dtype::q8_0:
    case dtype::int8:
      return 74; // Of 256 integers.
    case dtype::mxfp4:
      return 6;
    case dtype::fp8:
      return 1.5F;
    default:
      return 4.6F; // Of 16.
  }
}

/// A block's scale: the power of two next to `scale` where the type has no fp32.
void put_scale(dtype type, float scale, std::byte* to) {
  const auto power = std::clamp(static_cast<int>(std::lround(std::log2(scale))), -14, 15);
  const auto half = static_cast<std::uint16_t>((power + 15) << 10);
  switch (type) {
    case dtype::int8:
      std::memcpy(to, &scale, sizeof scale);
      return;
    case dtype::mxfp4:
      *to = static_cast<std::byte>(power + 128);
      return;
    case dtype::int4:
      to[2] = std::byte{8};
      [[fallthrough]];
    default:
      std::memcpy(to, &half, sizeof half);
  }
}

} // namespace

std::vector<std::byte> panel_of(dtype type, std::int32_t inputs, float deviation) {
  namespace ops = engine::ops;
  TROUPE_CHECK((ops::is_blocked(type) && !ops::is_k_block(type)) || type == dtype::fp8);
  TROUPE_CHECK(inputs % ops::inputs_of_block(type) == 0);
  const auto width = static_cast<std::size_t>(inputs);
  const auto row_bytes = ops::row_bytes(type, width);
  const float scale = deviation / deviation_of(type);
  rng random{1};
  std::vector<std::byte> rows(row_bytes * ops::panel_width);
  std::array<const std::byte*, ops::panel_width> each{};
  for (std::size_t n = 0; n < each.size(); ++n) {
    auto* row = rows.data() + n * row_bytes;
    each[n] = row;
    if (type == dtype::fp8) {
      for (std::size_t k = 0; k < width; ++k) { // From 1 to 2, of both signs.
        row[k] = static_cast<std::byte>(0x38U | random.below(8) | random.below(2) << 7U);
      }
      for (std::size_t group = 0; group < ops::fp8_groups(width); ++group) {
        std::memcpy(row + width + group * sizeof scale, &scale, sizeof scale);
      }
      continue;
    }
    const auto block_bytes = ops::bytes_of_block(type);
    for (std::size_t at = 0; at < row_bytes; at += block_bytes) {
      std::generate_n(row + at, block_bytes,
                      [&] { return static_cast<std::byte>(random.below(256)); });
      put_scale(type, scale, row + at);
    }
  }
  std::vector<std::byte> panel(ops::panel_bytes(type, inputs));
  ops::pack_panel(each, type, inputs, type, panel.data());
  return panel;
}

} // namespace troupe::cuda::bench
