// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/hash.hpp"

#include <cstdint>
#include <limits>

namespace troupe {

/// A small deterministic generator (splitmix64): same seed, same numbers, on every machine.
/// Satisfies UniformRandomBitGenerator; `below` is exact enough for choices, not for cryptography.
class rng {
public:
  using result_type = std::uint64_t;

  explicit constexpr rng(std::uint64_t seed) : state_(seed) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  constexpr result_type operator()() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }

  /// In [0, bound); bound >= 1.
  constexpr std::uint64_t below(std::uint64_t bound) { return (*this)() % bound; }

  /// In [0, 1).
  constexpr double uniform() { return static_cast<double>((*this)() >> 11U) * 0x1.0p-53; }

  /// An independent generator for a part that draws at its own pace.
  constexpr rng fork(std::uint64_t label) { return rng{mix64((*this)(), label)}; }

private:
  std::uint64_t state_;
};

} // namespace troupe
