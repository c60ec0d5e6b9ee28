// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/cpu_ops.hpp"
#include "test/conformance/support/numbers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <limits>

using namespace troupe;
using namespace troupe::engine;
using ops::dtype;
using test::adversarial;
using test::to_bf16;

namespace {

struct weights {
  std::int32_t outputs;
  std::int32_t inputs;
  std::vector<std::uint16_t> rows; // As a checkpoint has them.
  std::vector<std::byte> packed;

  [[nodiscard]] ops::packed_matrix view() const {
    return {.type = dtype::bf16, .outputs = outputs, .inputs = inputs, .data = packed.data()};
  }
  [[nodiscard]] double value(std::size_t n, std::size_t k) const {
    return ops::bf16_to_f32(rows[n * static_cast<std::size_t>(inputs) + k]);
  }
};

weights pack(std::int32_t outputs, std::int32_t inputs, std::vector<std::uint16_t> rows) {
  weights w{outputs, inputs, std::move(rows), {}};
  w.packed.resize(ops::packed_bytes(dtype::bf16, outputs, inputs), std::byte{0xff});
  for (std::int32_t first = 0; first < outputs; first += ops::panel_width) {
    std::vector<const std::byte*> panel;
    for (auto n = first; n < std::min(first + ops::panel_width, outputs); ++n) {
      const auto at = static_cast<std::size_t>(n) * static_cast<std::size_t>(inputs);
      panel.push_back(reinterpret_cast<const std::byte*>(w.rows.data() + at));
    }
    ops::pack_panel(panel, dtype::bf16, inputs, dtype::bf16,
                    w.packed.data()
                        + static_cast<std::size_t>(first / ops::panel_width)
                              * ops::panel_bytes(dtype::bf16, inputs));
  }
  return w;
}

weights make_weights(std::int32_t outputs, std::int32_t inputs, const std::vector<float>& values) {
  std::vector<std::uint16_t> rows(values.size());
  std::ranges::transform(values, rows.begin(), to_bf16);
  return pack(outputs, inputs, std::move(rows));
}

struct rounded {
  std::vector<std::uint16_t> pairs;
  std::vector<float> wide;
};

rounded round(cpu::cpu_path path, const std::vector<float>& x, std::int32_t rows) {
  const auto inputs = static_cast<std::int32_t>(x.size()) / rows;
  const auto count =
      static_cast<std::size_t>(rows) * static_cast<std::size_t>(ops::round_up_to_pair(inputs));
  rounded out{std::vector<std::uint16_t>(count, 0xffff), std::vector<float>(count, -1.0F)};
  cpu::select_ops(path).round_rows({.x = x.data(),
                                    .x_stride = static_cast<std::size_t>(inputs),
                                    .rows = rows,
                                    .inputs = inputs,
                                    .out = {out.pairs.data(), out.wide.data()}});
  return out;
}

std::vector<float> multiply(cpu::cpu_path path, const weights& w, const std::vector<float>& x,
                            std::int32_t rows, std::int32_t panel_step = 1000) {
  auto in = round(path, x, rows);
  const auto stride = static_cast<std::size_t>(ops::round_up_to_panel(w.outputs));
  std::vector<float> out(static_cast<std::size_t>(rows) * stride, -1.0F);
  for (std::int32_t panel = 0; panel < w.view().panels(); panel += panel_step) {
    cpu::select_ops(path).pair_matmul({.x = {in.pairs.data(), in.wide.data()},
                                       .rows = rows,
                                       .w = w.view(),
                                       .panel_begin = panel,
                                       .panel_end = std::min(panel + panel_step, w.view().panels()),
                                       .out = out.data(),
                                       .out_stride = stride});
  }
  return out;
}

/// Numbers whose products and sums lie around the smallest normal one: some subnormal, some zero.
std::vector<float> around_the_smallest(std::size_t count, rng& random) {
  std::vector<float> out(count);
  for (auto& value : out) {
    const auto sign = random.below(2) == 0 ? 1.0F : -1.0F;
    const auto exponent = random.below(16) == 0 ? -130 : -60 - static_cast<int>(random.below(8));
    value = sign * std::ldexp(1.0F + static_cast<float>(random.uniform()), exponent);
  }
  return out;
}

} // namespace

TEST_CASE("pair_matmul has the same bits on every path for every shape") {
  rng random{1};
  for (const std::int32_t outputs : {1, 16, 17, 80, 131, 272}) {
    for (const std::int32_t inputs : {1, 2, 3, 64, 257, 704}) {
      const auto count = static_cast<std::size_t>(inputs);
      const auto w = make_weights(outputs, inputs,
                                  adversarial(static_cast<std::size_t>(outputs) * count, random));
      for (const std::int32_t rows : {1, 2, 3, 5, 6, 7, 12, 13, 24, 29}) {
        const auto x = adversarial(static_cast<std::size_t>(rows) * count, random);
        const auto expected = multiply(cpu::cpu_path::portable, w, x, rows);
        for (const auto path : test::paths()) {
          CHECK(test::same_bits(multiply(path, w, x, rows), expected));
        }
      }
    }
  }
}

TEST_CASE("pair_matmul has the same bits on every path where numbers become subnormal") {
  rng random{5};
  for (int i = 0; i < 200; ++i) {
    const std::int32_t inputs = 1 + static_cast<std::int32_t>(random.below(40));
    const auto count = static_cast<std::size_t>(inputs);
    const auto w = make_weights(48, inputs, around_the_smallest(48 * count, random));
    const auto x = around_the_smallest(13 * count, random);
    const auto expected = multiply(cpu::cpu_path::portable, w, x, 13);
    for (const auto path : test::paths()) {
      REQUIRE(test::same_bits(multiply(path, w, x, 13), expected));
    }
  }
}

TEST_CASE("pair_matmul gives a row the same bits alone, in any batch and any split of panels") {
  rng random{2};
  const std::int32_t inputs = 301;
  const auto w = make_weights(200, inputs, test::normals(200 * 301, 0.1F, random));
  const auto x = test::normals(40 * 301, 1.0F, random);
  for (const auto path : test::paths()) {
    const auto whole = multiply(path, w, x, 40);
    for (const std::int32_t rows : {1, 2, 5, 8, 13, 20}) {
      for (const std::int32_t panels : {1, 2, 3, 7}) {
        for (std::int32_t from = 0; from + rows <= 40; from += rows) {
          const std::vector<float> part(x.begin() + from * inputs,
                                        x.begin() + (from + rows) * inputs);
          const std::vector<float> same(whole.begin() + from * 208,
                                        whole.begin() + (from + rows) * 208);
          REQUIRE(test::same_bits(multiply(path, w, part, rows, panels), same));
        }
      }
    }
  }
}

TEST_CASE("pair_matmul adds the odd input of a pair, rounds, and adds the even one") {
  const float half = 0x1p-24F; // Of the last bit of 1.
  const auto w = make_weights(1, 4, {1, 1, 1, 1});
  for (const auto path : test::paths()) {
    // Both halves are lost one by one; added first, they would be seen.
    CHECK(multiply(path, w, {0, 1, half, half}, 1)[0] == 1.0F);
    // The even one first would leave the half a tie that goes up; and the other way round.
    CHECK(multiply(path, w, {0, 1, 1.5F * half, half}, 1)[0] == 1.0F + 0x1p-23F);
    CHECK(multiply(path, w, {0, 1, half, 1.5F * half}, 1)[0] == 1.0F + 0x1p-22F);
  }
}

TEST_CASE("pair_matmul flushes what is below 2^-126, also what a subnormal would round up to it") {
  const float smallest = 0x1p-126F;
  const auto w = make_weights(2, 4, {smallest, smallest, 1, 1, 1e-39F, 1e-39F, 1, 1});
  const auto steep = make_weights(1, 4, {0, smallest, 0, -0x1p-75F});
  for (const auto path : test::paths()) {
    CHECK(multiply(path, w, {0.5F, 0, 0, 0}, 1)[0] == 0.0F);
    CHECK(multiply(path, w, {0.5F, 0.5F, 0, 0}, 1)[0] == 0.0F);
    CHECK(multiply(path, w, {1, 0, 0, 0}, 1)[0] == smallest);
    CHECK(multiply(path, w, {1, 1, 0, 0}, 1)[1] == 0.0F);
    // smallest - c * 2^-150 is nearer to smallest than to a subnormal, but rounded to 24 bits it is
    // smallest only where c is no more than 1/2.
    CHECK(multiply(path, steep, {0, 1, 0, 0.5F * 0x1p-75F}, 1)[0] == smallest);
    CHECK(multiply(path, steep, {0, 1, 0, 0.75F * 0x1p-75F}, 1)[0] == 0.0F);
  }
}

TEST_CASE("pair_matmul stays near the double sum of what was rounded, relative to magnitudes") {
  rng random{3};
  for (const std::int32_t inputs : {64, 704, 4096}) {
    const auto count = static_cast<std::size_t>(inputs);
    const auto w = make_weights(48, inputs, test::normals(48 * count, 1, random));
    const auto x = test::normals(20 * count, 1, random);
    const auto in = round(cpu::cpu_path::portable, x, 20);
    const auto out = multiply(cpu::cpu_path::automatic, w, x, 20);
    for (std::size_t r = 0; r < 20; ++r) {
      for (std::size_t n = 0; n < 48; ++n) {
        double sum = 0;
        double magnitude = 0;
        for (std::size_t k = 0; k < count; ++k) {
          const double term = in.wide[r * count + k] * w.value(n, k);
          sum += term;
          magnitude += std::abs(term);
        }
        REQUIRE(std::abs(out[r * 48 + n] - sum) <= 1e-5 * magnitude);
      }
    }
  }
}

TEST_CASE("pair_matmul makes padding columns zero and keeps what is no number") {
  rng random{4};
  const auto w = make_weights(5, 33, test::normals(165, 1, random));
  auto x = test::normals(33, 1, random);
  for (const auto path : test::paths()) {
    const auto out = multiply(path, w, x, 1, 1);
    CHECK(std::all_of(out.begin() + 5, out.end(), [](float one) { return one == 0.0F; }));
    CHECK(out[4] != 0.0F);
    for (const auto bad : {std::numeric_limits<float>::quiet_NaN(), 3.4e38F}) {
      auto broken = x;
      broken[32] = bad;
      CHECK_FALSE(std::isfinite(multiply(path, w, broken, 1)[2]));
    }
  }
}

TEST_CASE("round_rows rounds to the nearest bf16, halves to even") {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<std::pair<float, float>> cases{{1.0F, 1.0F},
                                                   {1.0F + 0x1p-8F, 1.0F},
                                                   {1.0F + 0x1.8p-7F, 1.0F + 0x1p-6F},
                                                   {0x1.010002p0F, 1.0F + 0x1p-7F},
                                                   {-0x1.fep127F, -0x1.fep127F},
                                                   {0x1.ffp127F, infinity},
                                                   {-infinity, -infinity},
                                                   {0x1p-126F, 0x1p-126F},
                                                   {0x1.fffffcp-127F, 0x1p-126F},
                                                   {0x1.fp-127F, 0.0F},
                                                   {-1e-41F, -0.0F}};
  for (const auto path : test::paths()) {
    for (const auto& [from, to] : cases) {
      const auto out = round(path, {from}, 1);
      REQUIRE(out.pairs.size() == 2);
      CHECK(test::same_bits(out.wide, {to, 0.0F}));
      CHECK(out.pairs[0] == std::bit_cast<std::uint32_t>(to) >> 16U);
      CHECK(out.pairs[1] == 0);
    }
    const auto none = round(path, {std::bit_cast<float>(0x7f800001U)}, 1);
    CHECK(std::isnan(none.wide[0]));
    CHECK(std::isnan(ops::bf16_to_f32(none.pairs[0])));
  }
}
