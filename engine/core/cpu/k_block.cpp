// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/ops/k_block.hpp"

#include <cstring>

namespace troupe::engine::ops {
namespace {

unsigned byte_at(const std::byte* block, std::size_t at) {
  return std::to_integer<unsigned>(block[at]);
}

std::uint16_t half_at(const std::byte* block, std::size_t at) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, block + at, sizeof bits);
  return bits;
}

/// Of the eight pairs of 6-bit numbers in 12 bytes: the first four of each lie in the low bits of
/// bytes 0..7; the others have their nibbles in bytes 8..11 and their upper bits above the first.
std::array<std::int8_t, 2> scale_and_min(const std::byte* packed, std::size_t which) {
  if (which < 4) {
    return {static_cast<std::int8_t>(byte_at(packed, which) & 63U),
            static_cast<std::int8_t>(byte_at(packed, which + 4) & 63U)};
  }
  const auto nibbles = byte_at(packed, which + 4);
  return {static_cast<std::int8_t>((nibbles & 15U) | (byte_at(packed, which - 4) >> 6U) << 4U),
          static_cast<std::int8_t>(nibbles >> 4U | (byte_at(packed, which) >> 6U) << 4U)};
}

k_block take_apart_q4(const std::byte* block) {
  constexpr std::size_t parts_at = 4;
  constexpr std::size_t nibbles_at = 16;
  k_block out{};
  out.scales = {half_at(block, 0), half_at(block, 2)};
  for (std::size_t run = 0; run < out.parts.size(); ++run) {
    out.parts[run] = scale_and_min(block + parts_at, run);
    for (std::size_t i = 0; i < block_inputs; ++i) {
      const auto pair = byte_at(block, nibbles_at + run / 2 * block_inputs + i);
      out.q[run * block_inputs + i] =
          static_cast<std::uint8_t>(run % 2 == 0 ? pair & 15U : pair >> 4U);
    }
  }
  return out;
}

k_block take_apart_q6(const std::byte* block) {
  constexpr std::size_t upper_at = 128;
  constexpr std::size_t parts_at = 192;
  constexpr std::size_t scale_at = 208;
  k_block out{};
  out.scales = {half_at(block, scale_at), half_at(block, scale_at)};
  for (std::size_t all = 0; all < out.parts.size(); ++all) {
    out.parts[all] = {static_cast<std::int8_t>(byte_at(block, parts_at + 2 * all)),
                      static_cast<std::int8_t>(byte_at(block, parts_at + 2 * all + 1))};
    const auto half = all / 4; // Of the block: 128 inputs, in four runs of 32.
    const auto run = all % 4;
    for (std::size_t i = 0; i < block_inputs; ++i) {
      const auto low =
          byte_at(block, half * 64 + run % 2 * block_inputs + i) >> (run / 2 * 4) & 15U;
      const auto high = byte_at(block, upper_at + half * block_inputs + i) >> (run * 2) & 3U;
      out.q[all * block_inputs + i] = static_cast<std::uint8_t>(low | high << 4U);
    }
  }
  return out;
}

} // namespace

k_block take_apart(dtype type, const std::byte* block) {
  return type == dtype::q4_k ? take_apart_q4(block) : take_apart_q6(block);
}

float number_of(const k_block& block, dtype type, std::size_t i) {
  const auto& parts = block.parts[i / block_inputs];
  const auto q = static_cast<std::int32_t>(block.q[i]);
  const auto factor = [&](std::size_t which) {
    return f16_to_f32(block.scales[which]) * static_cast<float>(parts[which]);
  };
  return type == dtype::q4_k
             ? factor(0) * static_cast<float>(q) - factor(1)
             : factor(i % block_inputs / (block_inputs / 2)) * static_cast<float>(q - 32);
}

} // namespace troupe::engine::ops
