// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/cpu_ops.hpp"
#include "test/conformance/support/numbers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <numeric>

using namespace troupe;
using namespace troupe::engine;

namespace {

struct shape {
  std::int32_t heads;
  std::int32_t kv_heads;
  std::int32_t head_dim;
};

struct sequence {
  shape of;
  std::int32_t tokens;
  std::vector<float> q;
  std::vector<float> k;
  std::vector<float> v;
};

sequence make_sequence(const shape& of, std::int32_t tokens, rng& random) {
  const auto count = static_cast<std::size_t>(tokens);
  const auto q_cols = static_cast<std::size_t>(of.heads * of.head_dim);
  const auto kv_cols = static_cast<std::size_t>(of.kv_heads * of.head_dim);
  return {of, tokens, test::normals(count * q_cols, 1, random),
          test::normals(count * kv_cols, 1, random), test::normals(count * kv_cols, 1, random)};
}

/// Stores and attends in chunks of `chunk` tokens; layer 1 of 2; slots in a shuffled order; what
/// nobody wrote is NaN.
std::vector<float> attend(cpu::cpu_path path, const sequence& s, std::int32_t chunk,
                          std::int32_t block_size, std::int32_t window = 0, float softcap = 0) {
  const auto& ops = cpu::select_ops(path);
  const ops::kv_layout layout{
      .layers = 2, .kv_heads = s.of.kv_heads, .head_dim = s.of.head_dim, .block_size = block_size};
  std::vector<std::uint32_t> slots(static_cast<std::size_t>(s.tokens / block_size + 1));
  std::iota(slots.begin(), slots.end(), 1U);
  std::reverse(slots.begin(), slots.end());
  std::vector<float> pool((slots.size() + 1) * layout.block_elements(),
                          std::numeric_limits<float>::quiet_NaN());
  const auto q_cols = static_cast<std::size_t>(s.of.heads * s.of.head_dim);
  const auto kv_cols = static_cast<std::size_t>(s.of.kv_heads * s.of.head_dim);
  std::vector<float> out(s.q.size(), -1.0F);
  for (std::int32_t from = 0; from < s.tokens; from += chunk) {
    const auto at = static_cast<std::size_t>(from);
    const auto rows = std::min(chunk, s.tokens - from);
    ops.kv_store({.k = s.k.data() + at * kv_cols,
                  .v = s.v.data() + at * kv_cols,
                  .stride = kv_cols,
                  .rows = rows,
                  .first_position = from,
                  .slots = slots.data(),
                  .layout = layout,
                  .layer = 1,
                  .pool = pool.data()});
    for (std::int32_t head = 0; head < s.of.kv_heads; ++head) {
      ops.paged_attention({.q = s.q.data() + at * q_cols,
                           .q_stride = q_cols,
                           .rows = rows,
                           .first_position = from,
                           .heads = s.of.heads,
                           .kv_head = head,
                           .scale = 0.17F,
                           .softcap = softcap,
                           .window = window,
                           .slots = slots.data(),
                           .layout = layout,
                           .layer = 1,
                           .pool = pool.data(),
                           .out = out.data() + at * q_cols,
                           .out_stride = q_cols});
    }
  }
  return out;
}

double naive(const sequence& s, std::size_t token, std::size_t head, std::size_t column,
             std::size_t window = 1000) {
  const auto dim = static_cast<std::size_t>(s.of.head_dim);
  const auto kv_cols = static_cast<std::size_t>(s.of.kv_heads) * dim;
  const auto kv_head = head / static_cast<std::size_t>(s.of.heads / s.of.kv_heads);
  const float* q = &s.q[token * static_cast<std::size_t>(s.of.heads) * dim + head * dim];
  double total = 0;
  double sum = 0;
  for (std::size_t j = token < window ? 0 : token + 1 - window; j <= token; ++j) {
    double dot = 0;
    for (std::size_t i = 0; i < dim; ++i) {
      dot += static_cast<double>(q[i]) * s.k[j * kv_cols + kv_head * dim + i];
    }
    const double weight = std::exp(dot * static_cast<double>(0.17F));
    total += weight;
    sum += weight * s.v[j * kv_cols + kv_head * dim + column];
  }
  return sum / total;
}

const shape shapes[] = {{4, 2, 64}, {3, 3, 16}, {8, 1, 32}, {5, 1, 80}, {24, 1, 16}};

} // namespace

TEST_CASE("attention follows the double formula across splits of 256 keys") {
  rng random{1};
  const auto s = make_sequence({4, 2, 64}, 600, random);
  for (const auto path : test::paths()) {
    const auto out = attend(path, s, 600, 16);
    for (const std::size_t token : {0U, 1U, 15U, 16U, 255U, 256U, 257U, 511U, 512U, 599U}) {
      for (std::size_t head = 0; head < 4; ++head) {
        for (const std::size_t column : {0U, 17U, 63U}) {
          REQUIRE(out[token * 256 + head * 64 + column]
                  == doctest::Approx(naive(s, token, head, column)).epsilon(2e-5));
        }
      }
    }
  }
}

TEST_CASE("attention has the same bits on every path, in every chunking and block size") {
  rng random{2};
  for (const auto& of : shapes) {
    const auto s = make_sequence(of, 290, random);
    const auto expected = attend(cpu::cpu_path::portable, s, 290, 16);
    for (const auto path : test::paths()) {
      for (const std::int32_t chunk : {1, 7, 16, 100, 290}) {
        CHECK(test::same_bits(attend(path, s, chunk, 16), expected));
      }
      CHECK(test::same_bits(attend(path, s, 290, 32), expected));
      CHECK(test::same_bits(attend(path, s, 33, 256), expected));
    }
  }
}

TEST_CASE("attention in a window follows the double formula") {
  rng random{4};
  const auto s = make_sequence({4, 2, 64}, 600, random);
  for (const auto path : test::paths()) {
    for (const std::size_t window : {1U, 17U, 256U, 300U}) {
      const auto out = attend(path, s, 600, 16, static_cast<std::int32_t>(window));
      for (const std::size_t token : {0U, 16U, 17U, 255U, 256U, 272U, 273U, 511U, 556U, 599U}) {
        for (std::size_t head = 0; head < 4; ++head) {
          REQUIRE(out[token * 256 + head * 64 + 17]
                  == doctest::Approx(naive(s, token, head, 17, window)).epsilon(2e-5));
        }
      }
    }
  }
}

TEST_CASE("attention in a window has the same bits on every path and in every chunking") {
  rng random{5};
  for (const auto& of : shapes) {
    const auto s = make_sequence(of, 290, random);
    for (const std::int32_t window : {1, 3, 16, 40, 270}) {
      const auto expected = attend(cpu::cpu_path::portable, s, 290, 16, window);
      for (const auto path : test::paths()) {
        for (const std::int32_t chunk : {1, 7, 48, 290}) {
          CHECK(test::same_bits(attend(path, s, chunk, 16, window), expected));
        }
        CHECK(test::same_bits(attend(path, s, 33, 256, window), expected));
      }
    }
    CHECK(test::same_bits(attend(cpu::cpu_path::automatic, s, 290, 16, 290),
                          attend(cpu::cpu_path::portable, s, 290, 16)));
  }
}

TEST_CASE("capped scores give the same bits on every path and the limits of their cap") {
  rng random{7};
  const auto s = make_sequence({5, 1, 80}, 300, random);
  const auto expected = attend(cpu::cpu_path::portable, s, 300, 16, 33, 2.0F);
  for (const auto path : test::paths()) {
    for (const std::int32_t chunk : {1, 7, 300}) {
      CHECK(test::same_bits(attend(path, s, chunk, 16, 33, 2.0F), expected));
    }
    const auto free = attend(path, s, 300, 16, 33);
    const auto high = attend(path, s, 300, 16, 33, 1e4F);
    const auto mean = attend(path, s, 300, 16, 33, 1e-6F);
    for (std::size_t i = 0; i < free.size(); ++i) {
      REQUIRE(high[i] == doctest::Approx(free[i]).epsilon(1e-4));
    }
    double sum = 0;
    for (std::size_t token = 267; token < 300; ++token) {
      sum += static_cast<double>(s.v[token * 80 + 3]);
    }
    CHECK(mean[299 * 400 + 3] == doctest::Approx(sum / 33).epsilon(1e-4));
  }
}

TEST_CASE("a key before the window takes no part, whatever its slot holds") {
  rng random{6};
  const shape of{3, 1, 32};
  const auto clean = make_sequence(of, 300, random);
  auto spoiled = clean;
  std::fill_n(spoiled.k.begin(), 270 * 32, std::numeric_limits<float>::quiet_NaN());
  std::fill_n(spoiled.v.begin(), 270 * 32, std::numeric_limits<float>::infinity());
  for (const auto path : test::paths()) {
    const auto expected = attend(path, clean, 300, 16, 9);
    const auto got = attend(path, spoiled, 300, 16, 9);
    const auto tail = [](const std::vector<float>& all) {
      return std::vector<float>{all.begin() + 278 * 96, all.end()};
    };
    CHECK(test::same_bits(tail(got), tail(expected)));
  }
}

TEST_CASE("attention survives scores far apart") {
  rng random{3};
  auto s = make_sequence({2, 1, 16}, 300, random);
  for (auto& value : s.k) {
    value *= 200;
  }
  const auto expected = attend(cpu::cpu_path::portable, s, 300, 16);
  for (const float value : expected) {
    REQUIRE(std::isfinite(value));
  }
  for (const auto path : test::paths()) {
    CHECK(test::same_bits(attend(path, s, 11, 16), expected));
  }
}
