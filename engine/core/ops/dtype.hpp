// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troupe::engine::ops {

/// How an element of a weight or of the KV pool lies in memory. Arithmetic is always fp32.
enum class dtype : std::uint8_t { f32, bf16, f16 };

[[nodiscard]] constexpr std::size_t element_bytes(dtype type) {
  return type == dtype::f32 ? 4 : 2;
}

[[nodiscard]] constexpr std::string_view name_of(dtype type) {
  return type == dtype::f32 ? "f32" : type == dtype::bf16 ? "bf16" : "f16";
}

/// Widening is exact, so a weight has one value whatever path reads it.
[[nodiscard]] constexpr float bf16_to_f32(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16U);
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
