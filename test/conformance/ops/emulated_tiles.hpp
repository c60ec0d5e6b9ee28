// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/amx/tile_shape.hpp"
#include "engine/core/ops/dtype.hpp"
#include "runtime/base/check.hpp"

#include <array>
#include <cmath>
#include <cstring>

/// engine/core/cpu/amx/tiles.hpp in plain C++, after the operations of LDTILECFG, TILELOADD,
/// TILESTORED, TDPBF16PS and TDPBSUD in the Intel 64 SDM volume 2, for tests where there are no
/// tiles. Ends the process where a processor would fault.
namespace troupe::test {

class emulated_tiles {
public:
  using shape = engine::cpu::amx::tile_shape;

  static void configure(const shape& wanted) {
    TROUPE_CHECK(wanted.palette == 1 && wanted.start_row == 0);
    for (std::size_t i = 0; i < 16; ++i) {
      const bool is_there = i < tile_count;
      TROUPE_CHECK(is_there || (wanted.rows[i] == 0 && wanted.row_bytes[i] == 0));
      TROUPE_CHECK(wanted.rows[i] <= 16 && wanted.row_bytes[i] <= 64);
      TROUPE_CHECK((wanted.rows[i] == 0) == (wanted.row_bytes[i] == 0));
    }
    now() = {wanted, true, {}};
  }
  static void release() { now() = {}; }
  [[nodiscard]] static bool is_configured() { return now().is_configured; }

  template <int A, int B>
  static void clear_sum() {
    at(A * 2 + B) = {};
  }
  template <int A, int B>
  static void store_sum(void* to, std::size_t stride) {
    const auto& from = at(A * 2 + B);
    for (std::size_t r = 0; r < rows(A * 2 + B); ++r) {
      std::memcpy(static_cast<std::byte*>(to) + r * stride, from[r].data(), bytes(A * 2 + B));
    }
  }
  template <int A>
  static void load_rows(const void* from, std::size_t stride) {
    load(4 + A, from, stride);
  }
  template <int B>
  static void load_weights(const void* from, std::size_t stride) {
    load(6 + B, from, stride);
  }
  template <int A, int B>
  static void add_pairs() {
    check_product(A, B);
    for (std::size_t m = 0; m < rows(A * 2 + B); ++m) {
      for (std::size_t n = 0; n < bytes(A * 2 + B) / 4; ++n) {
        std::array<float, 2> sums{};
        for (std::size_t k = 0; k < bytes(4 + A) / 4; ++k) {
          for (std::size_t half = 0; half < 2; ++half) {
            const auto x = number(at(4 + A)[m], 2 * k + half);
            sums[half] = flushed(std::fma(x, number(at(6 + B)[k], 2 * n + half), sums[half]));
          }
        }
        float acc = element<float>(at(A * 2 + B)[m], n);
        acc = flushed(flushed(acc) + flushed(sums[0] + sums[1]));
        std::memcpy(at(A * 2 + B)[m].data() + n * 4, &acc, 4);
      }
    }
  }
  template <int A, int B>
  static void add_bytes() {
    check_product(A, B);
    for (std::size_t m = 0; m < rows(A * 2 + B); ++m) {
      for (std::size_t n = 0; n < bytes(A * 2 + B) / 4; ++n) {
        auto acc = element<std::int32_t>(at(A * 2 + B)[m], n);
        for (std::size_t k = 0; k < bytes(4 + A) / 4; ++k) {
          for (std::size_t i = 0; i < 4; ++i) {
            acc += element<std::int8_t>(at(4 + A)[m], 4 * k + i)
                   * element<std::uint8_t>(at(6 + B)[k], 4 * n + i);
          }
        }
        std::memcpy(at(A * 2 + B)[m].data() + n * 4, &acc, 4);
      }
    }
  }

private:
  static constexpr std::size_t tile_count = 8;
  using row = std::array<std::byte, 64>;
  using tile = std::array<row, 16>;
  struct state {
    shape of;
    bool is_configured = false;
    std::array<tile, tile_count> tiles{};
  };

  static state& now() {
    thread_local state one;
    return one;
  }
  static tile& at(std::size_t i) {
    TROUPE_CHECK(now().is_configured && i < tile_count && now().of.rows[i] > 0);
    return now().tiles[i];
  }
  static std::size_t rows(std::size_t i) { return now().of.rows[i]; }
  static std::size_t bytes(std::size_t i) { return now().of.row_bytes[i]; }

  static void load(std::size_t i, const void* from, std::size_t stride) {
    auto& to = at(i);
    to = {};
    for (std::size_t r = 0; r < rows(i); ++r) {
      std::memcpy(to[r].data(), static_cast<const std::byte*>(from) + r * stride, bytes(i));
    }
  }
  static void check_product(std::size_t a, std::size_t b) {
    const auto sum = a * 2 + b;
    TROUPE_CHECK(rows(sum) == rows(4 + a) && bytes(sum) == bytes(6 + b));
    TROUPE_CHECK(bytes(4 + a) / 4 == rows(6 + b));
  }
  template <class Element>
  static Element element(const row& from, std::size_t i) {
    Element value{};
    std::memcpy(&value, from.data() + i * sizeof value, sizeof value);
    return value;
  }
  static float number(const row& from, std::size_t i) {
    return flushed(engine::ops::bf16_to_f32(element<std::uint16_t>(from, i)));
  }
  static float flushed(float value) {
    return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(0.0F, value) : value;
  }
};

} // namespace troupe::test
