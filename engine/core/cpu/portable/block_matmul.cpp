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
  TROUPE_CHECK(is_blocked(args.w.type) && args.w.inputs % inputs_of_block(args.w.type) == 0);
}

} // namespace troupe::engine::ops

namespace troupe::engine::cpu::portable {
namespace {

constexpr auto width = static_cast<std::size_t>(ops::panel_width);
constexpr auto block = static_cast<std::size_t>(ops::block_inputs);

struct panel_view {
  const std::uint8_t* integers;
  const std::byte* scales; ///< Of k blocks the parts.
  const std::byte* k_scales;
  ops::dtype type;

  /// The integer as it stands there.
  [[nodiscard]] std::int32_t raw(std::size_t b, std::size_t n, std::size_t k) const {
    if (ops::has_bytes(type)) {
      return integers[b * block * width + k / 4 * width * 4 + n * 4 + k % 4];
    }
    const auto* all = integers + b * ops::integer_bytes(type);
    const auto both = all[k % 16 / 4 * width * 4 + n * 4 + k % 4];
    const auto q = k < 16 ? both & 15U : both >> 4U;
    if (type == ops::dtype::q6_k) {
      const auto upper = all[(4 + k / 16) * width * 4 + n * 4 + k % 4];
      return static_cast<std::int32_t>(q | (upper >> k / 4 % 4 * 2 & 3U) << 4U);
    }
    return type == ops::dtype::mxfp4 ? ops::fp4_doubled[q] : static_cast<std::int32_t>(q);
  }
  /// What integers stand above their values.
  [[nodiscard]] std::int32_t shift() const {
    switch (type) {
      case ops::dtype::q8_0:
      case ops::dtype::int8:
        return 128;
      case ops::dtype::q4_0:
        return 8;
      case ops::dtype::q6_k:
        return 32;
      default:
        return 0;
    }
  }
  [[nodiscard]] float scale(std::size_t b, std::size_t n) const {
    if (type == ops::dtype::mxfp4) {
      return ops::half_of_e8m0(static_cast<std::uint8_t>(scales[b * width + n]));
    }
    if (type == ops::dtype::int8) {
      float wide = 0;
      std::memcpy(&wide, scales + (b * width + n) * sizeof wide, sizeof wide);
      return wide;
    }
    return half(scales + (b * width + n) * 2);
  }
  /// Of k blocks and of int4.
  [[nodiscard]] float factor(std::size_t b, std::size_t which, std::size_t n) const {
    if (type == ops::dtype::int4) {
      const auto zero = static_cast<std::uint8_t>(k_scales[b * width + n]);
      return which == 0 ? scale(b, n) : scale(b, n) * static_cast<float>(zero);
    }
    constexpr auto runs = static_cast<std::size_t>(ops::k_block_inputs / ops::block_inputs);
    const auto part = static_cast<std::int8_t>(scales[(b * 2 + which) * width + n]);
    return half(k_scales + ((b / runs * 2 + which) * width + n) * 2) * static_cast<float>(part);
  }

private:
  static float half(const std::byte* at) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, at, sizeof bits);
    return ops::f16_to_f32(bits);
  }
};

/// The exact sum of products of inputs [from, to) of a block.
std::int32_t dot(const panel_view& w, std::size_t b, std::size_t n, const std::int8_t* x,
                 std::size_t from, std::size_t to) {
  std::int32_t sum = 0;
  for (std::size_t k = from; k < to; ++k) {
    sum += x[k] * (w.raw(b, n, k) - w.shift());
  }
  return sum;
}

/// The chain after one block more.
float add_block(float acc, const panel_view& w, std::size_t b, std::size_t n, const std::int8_t* x,
                float x_scale, std::int32_t x_sum) {
  switch (w.type) {
    case ops::dtype::q4_k:
    case ops::dtype::int4:
      acc =
          std::fma(static_cast<float>(dot(w, b, n, x, 0, block)), w.factor(b, 0, n) * x_scale, acc);
      return std::fma(static_cast<float>(-x_sum), w.factor(b, 1, n) * x_scale, acc);
    case ops::dtype::q6_k:
      acc = std::fma(static_cast<float>(dot(w, b, n, x, 0, block / 2)), w.factor(b, 0, n) * x_scale,
                     acc);
      return std::fma(static_cast<float>(dot(w, b, n, x, block / 2, block)),
                      w.factor(b, 1, n) * x_scale, acc);
    default:
      return std::fma(static_cast<float>(dot(w, b, n, x, 0, block)), w.scale(b, n) * x_scale, acc);
  }
}

} // namespace

void block_matmul(const ops::block_matmul_args& args) {
  check(args);
  const auto blocks = static_cast<std::size_t>(args.w.inputs) / block;
  const auto bytes = ops::panel_bytes(args.w.type, args.w.inputs);
  for (auto p = static_cast<std::size_t>(args.panel_begin);
       p < static_cast<std::size_t>(args.panel_end); ++p) {
    const auto* at = static_cast<const std::byte*>(args.w.data) + p * bytes;
    const panel_view w{reinterpret_cast<const std::uint8_t*>(at),
                       at + ops::scales_at(args.w.type, args.w.inputs),
                       at + ops::k_scales_at(args.w.type, args.w.inputs), args.w.type};
    for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
      for (std::size_t n = 0; n < width; ++n) {
        float acc = 0;
        for (std::size_t b = 0; b < blocks; ++b) {
          const auto at_x = r * blocks + b;
          acc = add_block(acc, w, b, n, args.x.values + at_x * block, args.x.scales[at_x],
                          args.x.sums[at_x]);
        }
        args.out[r * args.out_stride + p * width + n] = acc;
      }
    }
  }
}

} // namespace troupe::engine::cpu::portable
