// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/amx/amx_ops.hpp"
#include "engine/core/cpu/portable/portable_ops.hpp"

#include <algorithm>
#include <cpuid.h>
#include <span>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace troupe::engine::cpu::amx {
namespace {

bool has_instructions() {
  constexpr unsigned bits = 1U << 22U | 1U << 24U | 1U << 25U; // AMX-BF16, -TILE, -INT8
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & bits) == bits;
}

/// For all threads of the process, those to come included.
bool is_permitted() {
  constexpr long ask_for_permission = 0x1023; // ARCH_REQ_XCOMP_PERM
  constexpr long tile_data = 18;              // XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, ask_for_permission, tile_data) == 0;
}

constexpr std::int32_t rows = 37;
constexpr std::int32_t outputs = 48;
constexpr std::int32_t inputs = 96;
constexpr std::size_t results = std::size_t{rows} * outputs;

/// Bits of numbers from 2^-4 to 2^4 of either sign.
std::uint16_t some_bf16(std::uint32_t& state) {
  state = state * 1664525U + 1013904223U;
  return static_cast<std::uint16_t>((state >> 16U & 0x807fU) | (123U + (state >> 8U) % 8U) << 7U);
}

bool has_bits_of(const std::vector<float>& a, const std::vector<float>& b) {
  return std::ranges::equal(std::as_bytes(std::span{a}), std::as_bytes(std::span{b}));
}

bool agrees_on_pairs() {
  std::uint32_t state = 1;
  std::vector<std::uint16_t> x(std::size_t{rows} * inputs);
  std::vector<std::uint16_t> w(std::size_t{outputs} * inputs);
  for (auto* all : {&x, &w}) {
    for (auto& one : *all) {
      one = some_bf16(state);
    }
  }
  std::vector<float> expected(results);
  std::vector<float> got(results);
  ops::pair_matmul_args args{
      .x = {.pairs = x.data()},
      .rows = rows,
      .w = {.type = ops::dtype::bf16, .outputs = outputs, .inputs = inputs, .data = w.data()},
      .panel_end = outputs / ops::panel_width,
      .out = expected.data(),
      .out_stride = outputs};
  portable::tile_matmul(args);
  args.out = got.data();
  pair_matmul(args);
  return has_bits_of(got, expected);
}

bool agrees_on_blocks(ops::dtype type) {
  std::uint32_t state = 2;
  std::vector<float> x(std::size_t{rows} * inputs);
  for (auto& one : x) {
    one = ops::bf16_to_f32(some_bf16(state));
  }
  std::vector<std::uint16_t> w(ops::packed_bytes(type, outputs, inputs) / 2);
  for (auto& one : w) {
    one = static_cast<std::uint16_t>(some_bf16(state) & 0xbfffU); // No infinity as a half.
  }
  std::vector<std::int8_t> values(x.size());
  std::vector<float> scales(x.size() / ops::block_inputs);
  std::vector<std::int32_t> sums(scales.size());
  const ops::quantized_rows integers{values.data(), scales.data(), sums.data()};
  portable::quantize_rows(
      {.x = x.data(), .x_stride = inputs, .rows = rows, .inputs = inputs, .out = integers});
  std::vector<float> expected(results);
  std::vector<float> got(results);
  ops::block_matmul_args args{
      .x = integers,
      .rows = rows,
      .w = {.type = type, .outputs = outputs, .inputs = inputs, .data = w.data()},
      .panel_end = outputs / ops::panel_width,
      .out = expected.data(),
      .out_stride = outputs};
  portable::block_matmul(args);
  args.out = got.data();
  block_matmul(args);
  return has_bits_of(got, expected);
}

} // namespace

bool usable() {
  static const bool is_usable = has_avx512_bf16() && has_instructions() && is_permitted()
                                && agrees_on_pairs() && agrees_on_blocks(ops::dtype::q8_0)
                                && agrees_on_blocks(ops::dtype::q4_0);
  return is_usable;
}

} // namespace troupe::engine::cpu::amx
