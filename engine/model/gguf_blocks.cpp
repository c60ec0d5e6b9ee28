// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf_blocks.hpp"

#include "engine/core/ops/k_block.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace troupe::engine {
namespace {

constexpr std::array<gguf_layout, 34> layouts{{
    {"F32", 0, 1, 4, true},          {"F16", 1, 1, 2, true},
    {"Q4_0", 2, 32, 18, true},       {"Q4_1", 3, 32, 20, false},
    {"Q5_0", 6, 32, 22, false},      {"Q5_1", 7, 32, 24, false},
    {"Q8_0", 8, 32, 34, true},       {"Q8_1", 9, 32, 40, false},
    {"Q2_K", 10, 256, 84, false},    {"Q3_K", 11, 256, 110, false},
    {"Q4_K", 12, 256, 144, true},    {"Q5_K", 13, 256, 176, false},
    {"Q6_K", 14, 256, 210, true},    {"Q8_K", 15, 256, 292, false},
    {"IQ2_XXS", 16, 256, 66, false}, {"IQ2_XS", 17, 256, 74, false},
    {"IQ3_XXS", 18, 256, 98, false}, {"IQ1_S", 19, 256, 50, false},
    {"IQ4_NL", 20, 32, 18, false},   {"IQ3_S", 21, 256, 110, false},
    {"IQ2_S", 22, 256, 82, false},   {"IQ4_XS", 23, 256, 136, false},
    {"I8", 24, 1, 1, false},         {"I16", 25, 1, 2, false},
    {"I32", 26, 1, 4, false},        {"I64", 27, 1, 8, false},
    {"F64", 28, 1, 8, false},        {"IQ1_M", 29, 256, 56, false},
    {"BF16", 30, 1, 2, true},        {"TQ1_0", 34, 256, 54, false},
    {"TQ2_0", 35, 256, 66, false},   {"MXFP4", 39, 32, 17, false},
    {"NVFP4", 40, 64, 36, false},    {"Q1_0", 41, 128, 18, false},
}};

constexpr std::size_t half_bytes = 2;

unsigned byte_at(const std::byte* block, std::size_t at) {
  return std::to_integer<unsigned>(block[at]);
}

int signed_at(const std::byte* block, std::size_t at) {
  return static_cast<std::int8_t>(byte_at(block, at));
}

float half_at(const std::byte* block, std::size_t at) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, block + at, sizeof bits);
  return ops::f16_to_f32(bits);
}

/// To the nearest, halves to even, beyond the range to infinity.
std::uint16_t to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16U & 0x8000U);
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  if (magnitude >= 0x477ff000U) { // Halfway from the largest half to the next power of two.
    return static_cast<std::uint16_t>(sign | 0x7c00U);
  }
  if (magnitude < 0x38800000U) { // Subnormal: the addition rounds to multiples of 2^-24.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000U));
  }
  const std::uint32_t rounded = magnitude + 0xfffU + (magnitude >> 13U & 1U) - 0x38000000U;
  return static_cast<std::uint16_t>(sign | rounded >> 13U);
}

void read_f32(const std::byte* block, float* out) {
  std::memcpy(out, block, sizeof *out);
}

void read_f16(const std::byte* block, float* out) {
  *out = half_at(block, 0);
}

void read_bf16(const std::byte* block, float* out) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, block, sizeof bits);
  *out = ops::bf16_to_f32(bits);
}

void read_q8_0(const std::byte* block, float* out) {
  const float scale = half_at(block, 0);
  for (std::size_t i = 0; i < 32; ++i) {
    out[i] = scale * static_cast<float>(signed_at(block, half_bytes + i));
  }
}

void read_q4_0(const std::byte* block, float* out) {
  const float scale = half_at(block, 0);
  for (std::size_t i = 0; i < 16; ++i) {
    const auto pair = byte_at(block, half_bytes + i);
    out[i] = scale * static_cast<float>(static_cast<int>(pair & 15U) - 8);
    out[i + 16] = scale * static_cast<float>(static_cast<int>(pair >> 4U) - 8);
  }
}

template <ops::dtype Type>
void read_k(const std::byte* block, float* out) {
  const auto apart = ops::take_apart(Type, block);
  for (std::size_t i = 0; i < apart.q.size(); ++i) {
    out[i] = ops::number_of(apart, Type, i);
  }
}

using block_reader = void (*)(const std::byte*, float*);

block_reader reader_of(gguf_type type) {
  switch (type) {
    case gguf_type::f32:
      return read_f32;
    case gguf_type::f16:
      return read_f16;
    case gguf_type::q4_0:
      return read_q4_0;
    case gguf_type::q8_0:
      return read_q8_0;
    case gguf_type::q4_k:
      return read_k<ops::dtype::q4_k>;
    case gguf_type::q6_k:
      return read_k<ops::dtype::q6_k>;
    case gguf_type::bf16:
      return read_bf16;
  }
  return nullptr;
}

/// 1 / scale, or 0 where that is no number: such a block's scale is 0 as a half anyway.
float inverse(float scale) {
  const float out = 1.0F / scale;
  return scale == 0.0F || !std::isfinite(out) ? 0.0F : out;
}

void write_half(float value, std::byte* to) {
  const auto bits = to_half(value);
  std::memcpy(to, &bits, sizeof bits);
}

float of_largest_magnitude(const float* numbers) {
  return *std::max_element(numbers, numbers + 32,
                           [](float a, float b) { return std::fabs(a) < std::fabs(b); });
}

void write_q8_0(const float* numbers, std::byte* block) {
  const float scale = std::fabs(of_largest_magnitude(numbers)) / 127.0F;
  const float factor = inverse(scale);
  write_half(scale, block);
  for (std::size_t i = 0; i < 32; ++i) {
    const auto q = static_cast<std::int8_t>(std::round(numbers[i] * factor));
    block[half_bytes + i] = static_cast<std::byte>(q);
  }
}

void write_q4_0(const float* numbers, std::byte* block) {
  const float scale = of_largest_magnitude(numbers) / -8.0F;
  const float factor = inverse(scale);
  const auto nibble = [&](std::size_t i) {
    return std::min(15U, static_cast<unsigned>(numbers[i] * factor + 8.5F));
  };
  write_half(scale, block);
  for (std::size_t i = 0; i < 16; ++i) {
    block[half_bytes + i] = static_cast<std::byte>(nibble(i) | nibble(i + 16) << 4U);
  }
}

/// Checks the sizes and says how many blocks there are.
std::size_t count_blocks(const gguf_layout& layout, std::size_t numbers, std::size_t bytes) {
  TROUPE_CHECK(numbers % layout.block_elements == 0);
  TROUPE_CHECK(bytes == numbers / layout.block_elements * layout.block_bytes);
  return numbers / layout.block_elements;
}

} // namespace

const gguf_layout* find_gguf_layout(std::uint32_t number) {
  const auto* at = std::ranges::find(layouts, number, &gguf_layout::number);
  return at == layouts.end() ? nullptr : at;
}

const gguf_layout& layout_of(gguf_type type) {
  const auto* layout = find_gguf_layout(static_cast<std::uint32_t>(type));
  TROUPE_CHECK(layout != nullptr);
  return *layout;
}

void dequantize(gguf_type type, bytes_view blocks, std::span<float> out) {
  const auto& layout = layout_of(type);
  const auto count = count_blocks(layout, out.size(), blocks.size());
  const auto read = reader_of(type);
  TROUPE_CHECK(read != nullptr);
  for (std::size_t i = 0; i < count; ++i) {
    read(blocks.data() + i * layout.block_bytes, out.data() + i * layout.block_elements);
  }
}

void quantize(gguf_type type, std::span<const float> numbers, std::span<std::byte> blocks) {
  TROUPE_CHECK(type == gguf_type::q8_0 || type == gguf_type::q4_0);
  const auto& layout = layout_of(type);
  const auto count = count_blocks(layout, numbers.size(), blocks.size());
  const auto write = type == gguf_type::q8_0 ? write_q8_0 : write_q4_0;
  for (std::size_t i = 0; i < count; ++i) {
    write(numbers.data() + i * layout.block_elements, blocks.data() + i * layout.block_bytes);
  }
}

} // namespace troupe::engine
