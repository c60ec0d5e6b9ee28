// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/cpu_ops.hpp"
#include "runtime/base/rng.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

/// Random inputs and bitwise comparison for the conformance tests.
namespace troupe::test {

/// Normally distributed, mean 0.
inline std::vector<float> normals(std::size_t count, float deviation, rng& random) {
  std::vector<float> out(count);
  for (auto& value : out) {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - random.uniform()));
    value =
        deviation * static_cast<float>(radius * std::cos(2 * std::numbers::pi * random.uniform()));
  }
  return out;
}

/// Of mixed magnitudes and signs, with zeros of both signs and subnormals among them.
inline std::vector<float> adversarial(std::size_t count, rng& random) {
  std::vector<float> out(count);
  for (auto& value : out) {
    const auto kind = random.below(8);
    const auto exponent = static_cast<int>(random.below(24)) - 12;
    value = kind == 0   ? 0.0F
            : kind == 1 ? -0.0F
            : kind == 2 ? 1e-41F
                        : std::ldexp(static_cast<float>(random.uniform()) - 0.5F, exponent);
  }
  return out;
}

inline std::uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7fffU + (bits >> 16U & 1U)) >> 16U);
}

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::bit_cast<std::uint32_t>(a[i]) != std::bit_cast<std::uint32_t>(b[i])) {
      return false;
    }
  }
  return true;
}

/// The paths that this machine runs.
inline std::vector<engine::cpu::cpu_path> paths() {
  using engine::cpu::cpu_path;
  std::vector<cpu_path> all{cpu_path::portable};
  for (const auto path : {cpu_path::avx2, cpu_path::avx512, cpu_path::avx512_bf16}) {
    if (engine::cpu::has_path(path)) {
      all.push_back(path);
    }
  }
  return all;
}

} // namespace troupe::test
