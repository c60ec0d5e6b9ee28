// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/ops/block_matmul.hpp"

#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

#include <cmath>
#include <cstring>

namespace troupe::engine::ops {

void check(const block_matmul_args& args) {
  TROUPE_CHECK(args.rows >= 1);
  TROUPE_CHECK(args.panel_begin >= 0 && args.panel_begin < args.panel_end);
  TROUPE_CHECK(args.panel_end <= args.w.panels());
  TROUPE_CHECK(is_blocked(args.w.type) && args.w.inputs % block_inputs == 0);
}

} // namespace troupe::engine::ops

namespace troupe::engine::cpu::portable {
namespace {

constexpr auto width = static_cast<std::size_t>(ops::panel_width);
constexpr auto block = static_cast<std::size_t>(ops::block_inputs);

struct panel_view {
  const std::uint8_t* integers;
  const std::byte* scales;
  ops::dtype type;

  [[nodiscard]] std::int32_t weight(std::size_t b, std::size_t n, std::size_t k) const {
    if (type == ops::dtype::q8_0) {
      return integers[b * block * width + k / 4 * width * 4 + n * 4 + k % 4] - 128;
    }
    const auto both = integers[b * block / 2 * width + k % 16 / 4 * width * 4 + n * 4 + k % 4];
    return (k < 16 ? both & 15U : both >> 4U) - 8;
  }
  [[nodiscard]] float scale(std::size_t b, std::size_t n) const {
    std::uint16_t bits = 0;
    std::memcpy(&bits, scales + (b * width + n) * sizeof bits, sizeof bits);
    return ops::f16_to_f32(bits);
  }
};

} // namespace

void block_matmul(const ops::block_matmul_args& args) {
  check(args);
  const auto blocks = static_cast<std::size_t>(args.w.inputs) / block;
  const auto bytes = ops::panel_bytes(args.w.type, args.w.inputs);
  for (auto p = static_cast<std::size_t>(args.panel_begin);
       p < static_cast<std::size_t>(args.panel_end); ++p) {
    const auto* at = static_cast<const std::byte*>(args.w.data) + p * bytes;
    const panel_view w{reinterpret_cast<const std::uint8_t*>(at),
                       at + ops::scales_at(args.w.type, args.w.inputs), args.w.type};
    for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
      for (std::size_t n = 0; n < width; ++n) {
        float acc = 0;
        for (std::size_t b = 0; b < blocks; ++b) {
          const auto* x = args.x.values + (r * blocks + b) * block;
          std::int32_t dot = 0;
          for (std::size_t k = 0; k < block; ++k) {
            dot += x[k] * w.weight(b, n, k);
          }
          acc =
              std::fma(static_cast<float>(dot), w.scale(b, n) * args.x.scales[r * blocks + b], acc);
        }
        args.out[r * args.out_stride + p * width + n] = acc;
      }
    }
  }
}

} // namespace troupe::engine::cpu::portable
