// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace troupe {

/// 128 bits, compared as a number: high word first.
struct hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend constexpr auto operator<=>(const hash128&, const hash128&) = default;
};

/// Fast hashes for naming and checking bytes; not against an adversary. Same result on every
/// machine and run. Cost: > 10 GB/s on long inputs; allocates nothing.
/// Source: XXH3.
[[nodiscard]] std::uint64_t hash64(bytes_view data, std::uint64_t seed = 0);
[[nodiscard]] hash128 hash_128(bytes_view data, std::uint64_t seed = 0);

/// Combines integers, small ones too: order matters, and for each `a` no two `b` give the same.
/// Source: the finalizer of splitmix64, on each. Checked: test/unit/base/hash_test.cpp
[[nodiscard]] constexpr std::uint64_t mix64(std::uint64_t a, std::uint64_t b) {
  const auto spread = [](std::uint64_t z) {
    z += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  };
  return spread(spread(a) ^ b);
}

} // namespace troupe

template <>
struct std::hash<troupe::hash128> {
  std::size_t operator()(const troupe::hash128& h) const noexcept {
    return static_cast<std::size_t>(h.low ^ (h.high * 0x9e3779b97f4a7c15ULL));
  }
};
