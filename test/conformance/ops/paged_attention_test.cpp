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

struct extras {
  std::int32_t run = 0; ///< The op's `chunk`.
  std::vector<float> sinks;
  std::int32_t shared_dim = 0;
  std::int32_t heads_at_once = 128; ///< Query heads of a kv head that one call computes.
};

/// Stores and attends in chunks of `chunk` tokens; layer 1 of 2; slots in a shuffled order, none
/// where the window or run has passed; what nobody wrote is NaN.
std::vector<float> attend(cpu::cpu_path path, const sequence& s, std::int32_t chunk,
                          std::int32_t block_size, std::int32_t window = 0, float softcap = 0,
                          const extras& more = {}) {
  const auto& ops = cpu::select_ops(path);
  const ops::kv_layout layout{.layers = 2,
                              .kv_heads = s.of.kv_heads,
                              .head_dim = s.of.head_dim,
                              .block_size = block_size,
                              .shared_dim = more.shared_dim};
  std::vector<std::uint32_t> slots(static_cast<std::size_t>(s.tokens / block_size + 1));
  std::iota(slots.begin(), slots.end(), 1U);
  std::reverse(slots.begin(), slots.end());
  std::vector<float> pool((slots.size() + 1) * layout.block_elements(),
                          std::numeric_limits<float>::quiet_NaN());
  const auto q_cols = static_cast<std::size_t>(s.of.heads * s.of.head_dim);
  const auto kv_cols = static_cast<std::size_t>(s.of.kv_heads * s.of.head_dim);
  const auto out_cols = static_cast<std::size_t>(s.of.heads * layout.value_dim());
  std::vector<float> out(static_cast<std::size_t>(s.tokens) * out_cols, -1.0F);
  for (std::int32_t from = 0; from < s.tokens; from += chunk) {
    const auto at = static_cast<std::size_t>(from);
    const auto rows = std::min(chunk, s.tokens - from);
    ops.kv_store({.k = s.k.data() + at * kv_cols,
                  .v = more.shared_dim > 0 ? nullptr : s.v.data() + at * kv_cols,
                  .stride = kv_cols,
                  .rows = rows,
                  .first_position = from,
                  .slots = slots.data(),
                  .layout = layout,
                  .layer = 1,
                  .pool = pool.data()});
    const auto seen_from = ops::first_key(at + 1, window, more.run);
    std::fill_n(slots.begin(), seen_from / static_cast<std::size_t>(block_size), ~0U);
    const auto group = s.of.heads / s.of.kv_heads;
    const auto parts = (group + more.heads_at_once - 1) / more.heads_at_once;
    for (std::int32_t part = 0; part < s.of.kv_heads * parts; ++part) {
      const auto begin = part % parts * more.heads_at_once;
      ops.paged_attention({.q = s.q.data() + at * q_cols,
                           .q_stride = q_cols,
                           .rows = rows,
                           .first_position = from,
                           .heads = s.of.heads,
                           .kv_head = part / parts,
                           .head_begin = begin,
                           .head_end = std::min(begin + more.heads_at_once, group),
                           .scale = 0.17F,
                           .softcap = softcap,
                           .window = window,
                           .chunk = more.run,
                           .sinks = more.sinks.empty() ? nullptr : more.sinks.data(),
                           .slots = slots.data(),
                           .layout = layout,
                           .layer = 1,
                           .pool = pool.data(),
                           .out = out.data() + at * out_cols,
                           .out_stride = out_cols});
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

const shape shapes[] = {{4, 2, 64}, {3, 3, 16}, {8, 1, 32}, {5, 1, 80}, {24, 1, 16}, {71, 1, 16}};

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
      for (const std::int32_t heads : {1, 2, 24}) {
        CHECK(test::same_bits(attend(path, s, 100, 16, 0, 0, {.heads_at_once = heads}), expected));
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

TEST_CASE("a run of positions is attended to as if it were alone, at any length of it") {
  rng random{8};
  const auto s = make_sequence({4, 2, 32}, 300, random);
  for (const std::int32_t run : {1, 5, 20, 256, 290}) {
    const auto expected = attend(cpu::cpu_path::portable, s, 300, 16, 0, 0, {.run = run});
    for (std::size_t token = 0; token < 300; token += 13) {
      const auto seen = token % static_cast<std::size_t>(run) + 1;
      REQUIRE(expected[token * 128 + 40]
              == doctest::Approx(naive(s, token, 1, 8, seen)).epsilon(2e-5));
    }
    for (const auto path : test::paths()) {
      for (const std::int32_t chunk : {1, 7, 48, 300}) {
        CHECK(test::same_bits(attend(path, s, chunk, 16, 0, 0, {.run = run}), expected));
      }
      CHECK(test::same_bits(attend(path, s, 33, 256, 0, 0, {.run = run}), expected));
    }
  }
}

TEST_CASE("a sink takes its share of the softmax and gives no value") {
  rng random{9};
  const auto s = make_sequence({6, 2, 32}, 290, random);
  const extras sunk{.sinks = {-1e30F, 0, 2, -3, 200, 1}};
  const auto expected = attend(cpu::cpu_path::portable, s, 290, 16, 40, 0, sunk);
  const auto free = attend(cpu::cpu_path::portable, s, 290, 16, 40);
  for (const std::size_t token : {0U, 39U, 40U, 289U}) {
    for (std::size_t head = 0; head < 6; ++head) {
      const float* q = &s.q[token * 192 + head * 32];
      double total = 0;
      for (std::size_t j = token < 40 ? 0 : token - 39; j <= token; ++j) {
        double dot = 0;
        for (std::size_t i = 0; i < 32; ++i) {
          dot += static_cast<double>(q[i]) * s.k[j * 64 + head / 3 * 32 + i];
        }
        total += std::exp(dot * static_cast<double>(0.17F));
      }
      const double left = total / (total + std::exp(static_cast<double>(sunk.sinks[head])));
      const auto at = token * 192 + head * 32 + 5;
      REQUIRE(expected[at] == doctest::Approx(free[at] * left).epsilon(1e-5));
    }
  }
  for (const auto path : test::paths()) {
    for (const std::int32_t chunk : {1, 7, 48, 290}) {
      CHECK(test::same_bits(attend(path, s, chunk, 16, 40, 0, sunk), expected));
    }
  }
}

TEST_CASE("values that are the beginning of their keys give what values of their own would") {
  rng random{10};
  for (const auto& [of, shared] : std::vector<std::pair<shape, std::int32_t>>{
           {{4, 1, 48}, 32}, {{30, 1, 32}, 32}, {{2, 2, 64}, 16}, {{3, 1, 576}, 512}}) {
    auto s = make_sequence(of, 270, random);
    s.v = s.k;
    const extras latent{.shared_dim = shared};
    const auto apart = attend(cpu::cpu_path::portable, s, 270, 16);
    const auto expected = attend(cpu::cpu_path::portable, s, 270, 16, 0, 0, latent);
    const auto heads = static_cast<std::size_t>(270 * of.heads);
    const auto wide = static_cast<std::size_t>(of.head_dim);
    const auto narrow = static_cast<std::size_t>(shared);
    for (std::size_t head = 0; head < heads; ++head) {
      for (std::size_t i = 0; i < narrow; ++i) {
        REQUIRE(expected[head * narrow + i] == apart[head * wide + i]);
      }
    }
    for (const auto path : test::paths()) {
      for (const std::int32_t chunk : {1, 33, 270}) {
        CHECK(test::same_bits(attend(path, s, chunk, 16, 0, 0, latent), expected));
      }
      CHECK(test::same_bits(attend(path, s, 48, 256, 0, 0, latent), expected));
    }
  }
}
