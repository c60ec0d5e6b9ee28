// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace troupe::engine {

/// Weights that need no file: element i of a tensor follows from a seed, the tensor's name and i.
/// scripts/golden_models/weights.py computes the same bits.
///
/// Thread: any; immutable. Cost: about 2 ns an element, in any order.
/// Source: FNV-1a (the name) and splitmix64 (the counter).
/// Checked: test/unit/model/weight_hash_test.cpp
class weight_hash {
public:
  constexpr weight_hash(std::uint64_t seed, std::string_view name)
      : key_(0xcbf29ce484222325ULL ^ seed) {
    for (const char letter : name) {
      key_ = (key_ ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
    }
  }

  [[nodiscard]] constexpr std::uint64_t draw(std::uint64_t i) const {
    std::uint64_t z = key_ + (i + 1) * 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }

  /// Uniform in [center - spread, center + spread), both in 1024ths, rounded to what bf16 holds.
  /// Requires: both below 2^20, so that no step before the rounding is inexact.
  [[nodiscard]] constexpr float value(std::uint64_t i, std::int32_t center,
                                      std::int32_t spread) const {
    const double u = static_cast<double>(draw(i) >> 40U) / 0x1p23 - 1;
    const auto exact = static_cast<float>((center + spread * u) / 1024);
    const auto bits = std::bit_cast<std::uint32_t>(exact);
    return std::bit_cast<float>((bits + 0x7fffU + (bits >> 16U & 1U)) & 0xffff0000U);
  }

private:
  std::uint64_t key_;
};

} // namespace troupe::engine
