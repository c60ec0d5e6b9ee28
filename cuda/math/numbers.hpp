// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/math/anywhere.hpp"
#include "engine/core/ops/dtype.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

/// Elements in memory and as fp32. Checked: test/gpu/row_ops_test.cpp
namespace troupe::cuda {

struct bf16 {
  std::uint16_t bits;
};

/// 4 bits of exponent, 3 of mantissa, up to 448; all ones are NaN.
struct e4m3 {
  std::uint8_t bits;
};

/// What a thread reads or writes in one go.
template <int Count>
struct alignas(4 * Count) words {
  std::uint32_t each[Count];
};

TROUPE_ANYWHERE inline float bits_to_float(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

TROUPE_ANYWHERE inline std::uint32_t float_to_bits(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

TROUPE_ANYWHERE inline float widen(float value) {
  return value;
}

TROUPE_ANYWHERE inline float widen(bf16 value) {
  return bits_to_float(std::uint32_t{value.bits} << 16U);
}

/// To the nearest, halves to even; a NaN stays one.
TROUPE_ANYWHERE inline bf16 to_bf16(float value) {
  const auto bits = float_to_bits(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) {
    return {static_cast<std::uint16_t>(bits >> 16U | 0x40U)};
  }
  return {static_cast<std::uint16_t>((bits + 0x7fffU + (bits >> 16U & 1U)) >> 16U)};
}

TROUPE_ANYWHERE inline float widen(e4m3 value) {
  const std::uint32_t sign = std::uint32_t{value.bits & 0x80U} << 24U;
  const std::uint32_t magnitude = value.bits & 0x7fU;
  // The high bits of fp32 but for their bias.
  return magnitude == 0x7fU ? bits_to_float(sign | 0x7fc00000U)
                            : bits_to_float(sign | magnitude << 20U) * 0x1p120F;
}

/// To the nearest, halves to even; what is larger becomes 448, a NaN stays one.
TROUPE_ANYWHERE inline e4m3 to_e4m3(float value) {
  constexpr std::uint32_t largest = 0x7e;
  const auto bits = float_to_bits(value);
  const std::uint32_t sign = bits >> 24U & 0x80U;
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  std::uint32_t code = largest;
  if (magnitude > 0x7f800000U) {
    code = 0x7f;
  } else if (magnitude < 0x3c800000U) { // Below 2^-6 a code is a count of 2^-9.
    code = static_cast<std::uint32_t>((bits_to_float(magnitude) * 512.0F + 0x1p23F) - 0x1p23F);
  } else if (magnitude < 0x43e00000U) { // 448
    code = ((magnitude + 0x7ffffU + (magnitude >> 20U & 1U)) >> 20U) - (120U << 3U);
  }
  return {static_cast<std::uint8_t>(sign | code)};
}

template <class T>
TROUPE_ANYWHERE T narrow(float value);

template <>
TROUPE_ANYWHERE inline float narrow<float>(float value) {
  return value;
}

template <>
TROUPE_ANYWHERE inline bf16 narrow<bf16>(float value) {
  return to_bf16(value);
}

template <>
TROUPE_ANYWHERE inline e4m3 narrow<e4m3>(float value) {
  return to_e4m3(value);
}

/// Two of them in a register, the first in the low half.
TROUPE_ANYWHERE inline std::uint32_t pair(float low, float high) {
  return std::uint32_t{to_bf16(high).bits} << 16U | to_bf16(low).bits;
}

/// IEEE half precision of finite numbers, which fits the exponents of fp32 but for a bias.
TROUPE_ANYWHERE inline float finite_f16_to_f32(std::uint32_t bits) {
  return bits_to_float((bits & 0x8000U) << 16U | (bits & 0x7fffU) << 13U) * 0x1p112F;
}

/// IEEE half precision, as engine/core/ops/dtype.hpp widens it.
TROUPE_ANYWHERE inline float f16_to_f32(std::uint16_t bits) {
  const std::uint32_t sign = std::uint32_t{bits & 0x8000U} << 16U;
  const std::uint32_t magnitude = bits & 0x7fffU;
  if (magnitude >= 0x7c00U) {
    const std::uint32_t quiet = magnitude > 0x7c00U ? 0x00400000U : 0U;
    return bits_to_float(sign | 0x7f800000U | (magnitude & 0x3ffU) << 13U | quiet);
  }
  if (magnitude >= 0x0400U) {
    return bits_to_float(sign | ((magnitude << 13U) + 0x38000000U));
  }
  return bits_to_float(sign | float_to_bits(static_cast<float>(magnitude) * 0x1p-24F));
}

} // namespace troupe::cuda
