// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/amx/amx_ops.hpp"
#include "engine/core/cpu/amx/block_tiles.hpp"
#include "engine/core/cpu/amx/pair_tiles.hpp"
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "test/conformance/ops/emulated_tiles.hpp"
#include "test/conformance/support/numbers.hpp"

#include <doctest/doctest.h>

#include <cstdio>

using namespace troupe;
using namespace troupe::engine;
using ops::dtype;
using test::emulated_tiles;

namespace {

struct widen {
  static void sixteen(const std::byte* halves, float* out) {
    for (std::size_t i = 0; i < 16; ++i) {
      std::uint16_t bits = 0;
      std::memcpy(&bits, halves + 2 * i, sizeof bits);
      out[i] = ops::f16_to_f32(bits);
    }
  }
};

void emulated_blocks(const ops::block_matmul_args& args) {
  cpu::amx::block_matmul_by<emulated_tiles, widen>(args,
                                                   ops::panel_bytes(args.w.type, args.w.inputs),
                                                   ops::scales_at(args.w.type, args.w.inputs));
}

struct shape {
  std::int32_t rows;
  std::int32_t outputs;
  std::int32_t inputs;
};

/// Random panels of weights, packed, exactly as long as their type says: a read past them is seen
/// by the sanitizers.
std::vector<std::byte> panels(dtype type, const shape& of, rng& random) {
  std::vector<std::byte> bytes(ops::packed_bytes(type, of.outputs, of.inputs));
  const auto each = ops::row_bytes(type, static_cast<std::size_t>(of.inputs));
  std::vector<std::byte> row(static_cast<std::size_t>(of.outputs) * each);
  for (std::size_t i = 0; i < row.size(); i += 2) {
    // As bf16 from 2^-8 to 2^8; as halves of scales finite.
    const auto bits = type == dtype::bf16
                          ? test::to_bf16(std::ldexp(static_cast<float>(random.uniform()) - 0.5F,
                                                     static_cast<int>(random.below(16)) - 8))
                          : static_cast<std::uint16_t>(random.below(0x10000) & 0xbfffU);
    std::memcpy(row.data() + i, &bits, 2);
  }
  for (std::int32_t first = 0; first < of.outputs; first += ops::panel_width) {
    std::vector<const std::byte*> some;
    for (auto n = first; n < std::min(first + ops::panel_width, of.outputs); ++n) {
      some.push_back(row.data() + static_cast<std::size_t>(n) * each);
    }
    ops::pack_panel(some, type, of.inputs, type,
                    bytes.data()
                        + static_cast<std::size_t>(first / 16) * ops::panel_bytes(type, of.inputs));
  }
  return bytes;
}

/// What `multiply` makes of random rows and weights, by so many panels a call.
template <class Multiply>
std::vector<float> pairs_by(const Multiply& multiply, const shape& of, std::uint64_t seed,
                            std::int32_t step = 1000, bool is_small = false) {
  rng random{seed};
  const auto w = panels(dtype::bf16, of, random);
  const auto count = static_cast<std::size_t>(of.rows) * static_cast<std::size_t>(of.inputs);
  auto x = test::adversarial(count, random);
  if (is_small) {
    for (auto& one : x) {
      one *= 0x1p-126F;
    }
  }
  const auto padded = static_cast<std::size_t>(of.rows)
                      * static_cast<std::size_t>(ops::round_up_to_pair(of.inputs));
  std::vector<std::uint16_t> pairs(padded);
  std::vector<float> wide(padded);
  cpu::portable::round_rows({.x = x.data(),
                             .x_stride = static_cast<std::size_t>(of.inputs),
                             .rows = of.rows,
                             .inputs = of.inputs,
                             .out = {pairs.data(), wide.data()}});
  ops::pair_matmul_args args{.x = {pairs.data(), wide.data()},
                             .rows = of.rows,
                             .w = {dtype::bf16, of.outputs, of.inputs, w.data()}};
  const auto stride = static_cast<std::size_t>(ops::round_up_to_panel(of.outputs));
  std::vector<float> out(static_cast<std::size_t>(of.rows) * stride, -1.0F);
  args.out = out.data();
  args.out_stride = stride;
  for (std::int32_t panel = 0; panel < args.w.panels(); panel += step) {
    args.panel_begin = panel;
    args.panel_end = std::min(panel + step, args.w.panels());
    multiply(args);
  }
  return out;
}

template <class Multiply>
std::vector<float> blocks_by(const Multiply& multiply, dtype type, const shape& of,
                             std::uint64_t seed) {
  rng random{seed};
  const auto w = panels(type, of, random);
  const auto count = static_cast<std::size_t>(of.rows) * static_cast<std::size_t>(of.inputs);
  const auto x = test::adversarial(count, random);
  std::vector<std::int8_t> values(count);
  std::vector<float> scales(count / 32);
  std::vector<std::int32_t> sums(count / 32);
  const ops::quantized_rows integers{values.data(), scales.data(), sums.data()};
  cpu::portable::quantize_rows({.x = x.data(),
                                .x_stride = static_cast<std::size_t>(of.inputs),
                                .rows = of.rows,
                                .inputs = of.inputs,
                                .out = integers});
  const auto stride = static_cast<std::size_t>(ops::round_up_to_panel(of.outputs));
  std::vector<float> out(static_cast<std::size_t>(of.rows) * stride, -1.0F);
  multiply(ops::block_matmul_args{.x = integers,
                                  .rows = of.rows,
                                  .w = {type, of.outputs, of.inputs, w.data()},
                                  .panel_end = static_cast<std::int32_t>(stride / 16),
                                  .out = out.data(),
                                  .out_stride = stride});
  return out;
}

const auto by_emulation = cpu::amx::pair_matmul_by<emulated_tiles>;

} // namespace

TEST_CASE("tiles of pairs have the bits of their order for every shape, on emulated tiles") {
  std::uint64_t seed = 0;
  for (const std::int32_t rows : {1, 2, 15, 16, 17, 31, 32, 33, 47, 64, 70}) {
    for (const std::int32_t outputs : {1, 16, 17, 48, 64, 131}) {
      for (const std::int32_t inputs : {1, 2, 31, 32, 33, 63, 64, 97, 256}) {
        const shape of{rows, outputs, inputs};
        const auto expected = pairs_by(cpu::portable::tile_matmul, of, ++seed);
        REQUIRE(test::same_bits(pairs_by(by_emulation, of, seed), expected));
        REQUIRE_FALSE(emulated_tiles::is_configured());
      }
    }
  }
  const shape of{33, 80, 70};
  const auto expected = pairs_by(cpu::portable::tile_matmul, of, 7);
  for (const std::int32_t step : {1, 2, 3}) {
    CHECK(test::same_bits(pairs_by(by_emulation, of, 7, step), expected));
  }
  CHECK(test::same_bits(pairs_by(by_emulation, of, 8, 2, true),
                        pairs_by(cpu::portable::tile_matmul, of, 8, 2, true)));
}

TEST_CASE("tiles of pairs give other bits than the chain, and are as near to the sum") {
  const shape of{9, 32, 512};
  const auto chain = pairs_by(cpu::portable::pair_matmul, of, 3);
  const auto tiles = pairs_by(cpu::portable::tile_matmul, of, 3);
  CHECK_FALSE(test::same_bits(chain, tiles));
  double difference = 0;
  double length = 0;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    difference += std::pow(chain[i] - tiles[i], 2);
    length += std::pow(chain[i], 2);
  }
  CHECK(std::sqrt(difference / length) < 1e-6);
}

TEST_CASE("tiles of integers have the bits of block_matmul for every shape, on emulated tiles") {
  std::uint64_t seed = 0;
  for (const auto type : {dtype::q8_0, dtype::q4_0}) {
    for (const std::int32_t rows : {1, 8, 15, 16, 17, 32, 33, 70}) {
      for (const std::int32_t outputs : {1, 16, 17, 48}) {
        for (const std::int32_t inputs : {32, 64, 320}) {
          const shape of{rows, outputs, inputs};
          const auto expected = blocks_by(cpu::portable::block_matmul, type, of, ++seed);
          REQUIRE(test::same_bits(blocks_by(emulated_blocks, type, of, seed), expected));
          REQUIRE_FALSE(emulated_tiles::is_configured());
        }
      }
    }
  }
}

TEST_CASE("the processor's tiles have the bits of both products") {
  if (!cpu::has_amx()) {
    std::printf("SKIP: this processor has no AMX tiles\n");
    return;
  }
  const auto& path = cpu::select_ops(cpu::cpu_path::amx);
  for (const std::int32_t rows : {1, 16, 17, 70}) {
    const shape of{rows, 131, 352};
    CHECK(test::same_bits(pairs_by(path.pair_matmul, of, 1),
                          pairs_by(cpu::portable::tile_matmul, of, 1)));
    for (const auto type : {dtype::q8_0, dtype::q4_0}) {
      CHECK(test::same_bits(blocks_by(path.block_matmul, type, of, 1),
                            blocks_by(cpu::portable::block_matmul, type, of, 1)));
    }
  }
}
