// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/amx/tile_shape.hpp"

#include <cstddef>
#include <immintrin.h>

/// The tile instructions as the kernels want them; test/conformance/ops/emulated_tiles.hpp has the
/// same functions in plain C++. Only for the AMX translation unit. GCC's intrinsics take the names
/// of tiles as text, hence the cases.
namespace troupe::engine::cpu::amx {

struct tiles {
  static void configure(const tile_shape& shape) { _tile_loadconfig(&shape); }
  static void release() { _tile_release(); }

  template <int A, int B>
  static void clear_sum() {
    if constexpr (A == 0 && B == 0) {
      _tile_zero(0);
    } else if constexpr (A == 0) {
      _tile_zero(1);
    } else if constexpr (B == 0) {
      _tile_zero(2);
    } else {
      _tile_zero(3);
    }
  }
  template <int A, int B>
  static void store_sum(void* to, std::size_t stride) {
    if constexpr (A == 0 && B == 0) {
      _tile_stored(0, to, stride);
    } else if constexpr (A == 0) {
      _tile_stored(1, to, stride);
    } else if constexpr (B == 0) {
      _tile_stored(2, to, stride);
    } else {
      _tile_stored(3, to, stride);
    }
  }
  template <int A>
  static void load_rows(const void* from, std::size_t stride) {
    if constexpr (A == 0) {
      _tile_loadd(4, from, stride);
    } else {
      _tile_loadd(5, from, stride);
    }
  }
  template <int B>
  static void load_weights(const void* from, std::size_t stride) {
    if constexpr (B == 0) {
      _tile_loadd(6, from, stride);
    } else {
      _tile_loadd(7, from, stride);
    }
  }
  /// Sums of fp32 by rows and weights of bf16.
  template <int A, int B>
  static void add_pairs() {
    if constexpr (A == 0 && B == 0) {
      _tile_dpbf16ps(0, 4, 6);
    } else if constexpr (A == 0) {
      _tile_dpbf16ps(1, 4, 7);
    } else if constexpr (B == 0) {
      _tile_dpbf16ps(2, 5, 6);
    } else {
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  /// Sums of 32 bits by rows with signs and weights without.
  template <int A, int B>
  static void add_bytes() {
    if constexpr (A == 0 && B == 0) {
      _tile_dpbsud(0, 4, 6);
    } else if constexpr (A == 0) {
      _tile_dpbsud(1, 4, 7);
    } else if constexpr (B == 0) {
      _tile_dpbsud(2, 5, 6);
    } else {
      _tile_dpbsud(3, 5, 7);
    }
  }
};

} // namespace troupe::engine::cpu::amx
