// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troupe::engine::ops {

/// How weights lie in memory: element by element, or in blocks along the inputs as a GGUF has them:
///   q8_0  32 inputs in 34 bytes: a scale (f16), 32 signed bytes: scale * q
///   q4_0  32 inputs in 18 bytes: a scale (f16), 16 bytes: scale * (q - 8), q of inputs 0..15 in
///         the low halves, of 16..31 in the high ones
///   q4_k  256 inputs in 144 bytes, a scale and a minimum for each 32 (engine/core/ops/k_block.hpp)
///   q6_k  256 inputs in 210 bytes, a scale for each 16
/// and as what a checkpoint keeps in codes becomes:
///   int4   32 inputs in 20 bytes: a scale (f16), a zero (0 to 15), 0, 16 bytes as of q4_0:
///          scale * (q - zero)
///   int8   32 inputs in 36 bytes: a scale (f32), 32 signed bytes: scale * q
///   mxfp4  32 inputs in 17 bytes: a power of two (e8m0), 16 bytes as of q4_0 of sign, 2 bits of
///          exponent, 1 of fraction: 2^(power - 128) * fp4_doubled
///   fp8    inputs bytes of e4m3, then a scale (f32) for every 128: scale * number; not blocks
enum class dtype : std::uint8_t { f32, bf16, f16, q8_0, q4_0, q4_k, q6_k, int4, mxfp4, int8, fp8 };

/// Inputs of fp8 that share a scale; the last of a row may be fewer.
inline constexpr std::int32_t fp8_group_inputs = 128;

[[nodiscard]] constexpr std::size_t fp8_groups(std::size_t inputs) {
  return (inputs + fp8_group_inputs - 1) / fp8_group_inputs;
}

/// Sign, 4 bits of exponent (bias 7), 3 of fraction; 0x7f and 0xff are NaN. The exponent is the
/// high bits of f32's but for its bias; subnormals are multiples of 2^-9.
[[nodiscard]] constexpr float e4m3_to_f32(std::uint8_t code) {
  const std::uint32_t sign = std::uint32_t{code & 0x80U} << 24U;
  const std::uint32_t magnitude = code & 0x7fU;
  if (magnitude == 0x7fU) {
    return std::bit_cast<float>(sign | 0x7fc00000U);
  }
  const float value = magnitude < 8 ? static_cast<float>(magnitude) * 0x1p-9F
                                    : std::bit_cast<float>((magnitude << 20U) + (120U << 23U));
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(value));
}

/// Twice the numbers of the 16 codes of fp4.
inline constexpr std::int8_t fp4_doubled[16] = {0, 1,  2,  3,  4,  6,  8,  12,
                                                0, -1, -2, -3, -4, -6, -8, -12};

/// 2^(power - 128); 0 where that is no normal number.
[[nodiscard]] constexpr float half_of_e8m0(std::uint8_t power) {
  return power < 2 ? 0.0F : std::bit_cast<float>((std::uint32_t{power} - 1) << 23U);
}

/// Inputs that share a scale of activations; also those of one block, unless it is a k block.
inline constexpr std::int32_t block_inputs = 32;

/// Inputs of one k block, whose scales are themselves scaled.
inline constexpr std::int32_t k_block_inputs = 256;

[[nodiscard]] constexpr bool is_k_block(dtype type) {
  return type == dtype::q4_k || type == dtype::q6_k;
}

[[nodiscard]] constexpr bool is_blocked(dtype type) {
  return type != dtype::f32 && type != dtype::bf16 && type != dtype::f16 && type != dtype::fp8;
}

/// Of which a row has whole ones; pairs of fp8.
[[nodiscard]] constexpr std::int32_t inputs_of_block(dtype type) {
  return is_k_block(type)     ? k_block_inputs
         : is_blocked(type)   ? block_inputs
         : type == dtype::fp8 ? 2
                              : 1;
}

/// Of a checkpoint. Requires: a type of blocks.
[[nodiscard]] constexpr std::size_t bytes_of_block(dtype type) {
  switch (type) {
    case dtype::q8_0:
      return 34;
    case dtype::q4_0:
      return 18;
    case dtype::q4_k:
      return 144;
    case dtype::q6_k:
      return 210;
    case dtype::int4:
      return 20;
    case dtype::mxfp4:
      return 17;
    default: // int8
      return 36;
  }
}

/// Of the types without blocks.
[[nodiscard]] constexpr std::size_t element_bytes(dtype type) {
  return type == dtype::f32 ? 4 : 2;
}

/// Bytes of a row of a checkpoint. Requires: whole blocks.
[[nodiscard]] constexpr std::size_t row_bytes(dtype type, std::size_t inputs) {
  if (type == dtype::fp8) {
    return inputs + fp8_groups(inputs) * sizeof(float);
  }
  return !is_blocked(type)
             ? inputs * element_bytes(type)
             : inputs / static_cast<std::size_t>(inputs_of_block(type)) * bytes_of_block(type);
}

[[nodiscard]] constexpr std::string_view name_of(dtype type) {
  constexpr std::string_view names[] = {"f32",  "bf16", "f16",   "q8_0", "q4_0", "q4_k",
                                        "q6_k", "int4", "mxfp4", "int8", "fp8"};
  return names[static_cast<std::size_t>(type)];
}

/// Widening is exact, so a weight has one value whatever path reads it.
[[nodiscard]] constexpr float bf16_to_f32(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16U);
}

/// The nearest, of two the even one. Requires: no NaN.
[[nodiscard]] constexpr std::uint16_t f32_to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7fffU + (bits >> 16U & 1U)) >> 16U);
}

/// IEEE half precision, subnormals and infinities included.
/// Checked: against the F16C instructions in test/conformance/ops/matmul_test.cpp
[[nodiscard]] constexpr float f16_to_f32(std::uint16_t bits) {
  const std::uint32_t sign = std::uint32_t{bits & 0x8000U} << 16U;
  const std::uint32_t magnitude = bits & 0x7fffU;
  if (magnitude >= 0x7c00U) {
    const std::uint32_t quiet = magnitude > 0x7c00U ? 0x00400000U : 0U;
    return std::bit_cast<float>(sign | 0x7f800000U | ((magnitude & 0x3ffU) << 13U) | quiet);
  }
  if (magnitude >= 0x0400U) {
    return std::bit_cast<float>(sign | ((magnitude << 13U) + 0x38000000U));
  }
  const float small = static_cast<float>(magnitude) * 0x1p-24F;
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(small));
}

} // namespace troupe::engine::ops
