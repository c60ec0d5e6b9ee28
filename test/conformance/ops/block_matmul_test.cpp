// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/cpu_ops.hpp"
#include "test/conformance/support/coded_weights.hpp"
#include "test/conformance/support/numbers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

using namespace troupe;
using namespace troupe::engine;
using ops::dtype;

namespace {

constexpr std::size_t block = 32;

using weights = test::coded_weights;

weights make_weights(dtype type, std::int32_t outputs, std::int32_t inputs, rng& random) {
  return test::make_coded(type, outputs, inputs, random);
}

struct integer_rows {
  std::vector<std::int8_t> values;
  std::vector<float> scales;
  std::vector<std::int32_t> sums;

  [[nodiscard]] ops::quantized_rows view() { return {values.data(), scales.data(), sums.data()}; }
};

integer_rows quantized(cpu::cpu_path path, const std::vector<float>& x, std::int32_t rows) {
  integer_rows out{std::vector<std::int8_t>(x.size()), std::vector<float>(x.size() / block),
                   std::vector<std::int32_t>(x.size() / block)};
  const auto inputs = x.size() / static_cast<std::size_t>(rows);
  cpu::select_ops(path).quantize_rows({.x = x.data(),
                                       .x_stride = inputs,
                                       .rows = rows,
                                       .inputs = static_cast<std::int32_t>(inputs),
                                       .out = out.view()});
  return out;
}

std::vector<float> multiply(cpu::cpu_path path, const weights& w, const std::vector<float>& x,
                            std::int32_t rows, std::int32_t panel_step = 1000) {
  auto integers = quantized(path, x, rows);
  const auto stride = static_cast<std::size_t>(ops::round_up_to_panel(w.outputs));
  std::vector<float> out(static_cast<std::size_t>(rows) * stride, -1.0F);
  for (std::int32_t panel = 0; panel < w.view().panels(); panel += panel_step) {
    cpu::select_ops(path).block_matmul(
        {.x = integers.view(),
         .rows = rows,
         .w = w.view(),
         .panel_begin = panel,
         .panel_end = std::min(panel + panel_step, w.view().panels()),
         .out = out.data(),
         .out_stride = stride});
  }
  return out;
}

constexpr dtype types[] = {dtype::q8_0, dtype::q4_0,  dtype::q4_k, dtype::q6_k,
                           dtype::int4, dtype::mxfp4, dtype::int8};

/// Whole blocks: of k blocks more than a stretch holds, too.
std::vector<std::int32_t> sizes_of(dtype type) {
  return ops::is_k_block(type) ? std::vector<std::int32_t>{256, 512, 768, 1280}
                               : std::vector<std::int32_t>{32, 64, 512, 544, 1120};
}

} // namespace

TEST_CASE("block_matmul has the same bits on every path for every shape and type") {
  rng random{1};
  for (const auto type : types) {
    for (const std::int32_t outputs : {1, 16, 17, 48, 131}) {
      for (const auto inputs : sizes_of(type)) {
        const auto w = make_weights(type, outputs, inputs, random);
        for (const std::int32_t rows : {1, 2, 3, 4, 5, 6, 7, 11, 23, 24, 25, 31}) {
          const auto x = test::adversarial(
              static_cast<std::size_t>(rows) * static_cast<std::size_t>(inputs), random);
          const auto expected = multiply(cpu::cpu_path::portable, w, x, rows);
          for (const auto path : test::paths()) {
            REQUIRE(test::same_bits(multiply(path, w, x, rows), expected));
          }
        }
      }
    }
  }
}

TEST_CASE("block_matmul gives a row the same bits alone, in any batch and any split of panels") {
  rng random{2};
  for (const auto type : types) {
    const auto inputs = ops::is_k_block(type) ? 512 : 288;
    const auto w = make_weights(type, 100, inputs, random);
    const auto x = test::normals(static_cast<std::size_t>(40 * inputs), 1.0F, random);
    for (const auto path : test::paths()) {
      const auto whole = multiply(path, w, x, 40);
      for (const std::int32_t rows : {1, 2, 5, 8, 20}) {
        for (const std::int32_t panels : {1, 2, 3, 7}) {
          for (std::int32_t from = 0; from + rows <= 40; from += rows) {
            const std::vector<float> part(x.begin() + from * inputs,
                                          x.begin() + (from + rows) * inputs);
            const std::vector<float> same(whole.begin() + from * 112,
                                          whole.begin() + (from + rows) * 112);
            REQUIRE(test::same_bits(multiply(path, w, part, rows, panels), same));
          }
        }
      }
    }
  }
}

TEST_CASE("block_matmul is as near to the double sum as rounding activations to 8 bits allows") {
  rng random{3};
  for (const auto type : types) {
    constexpr std::size_t inputs = 1024;
    const auto w = make_weights(type, 32, inputs, random);
    const auto x = test::normals(8 * inputs, 1, random);
    const auto out = multiply(cpu::cpu_path::automatic, w, x, 8);
    for (std::size_t r = 0; r < 8; ++r) {
      for (std::size_t n = 0; n < 32; ++n) {
        double sum = 0;
        double bound = 0;
        for (std::size_t b = 0; b < inputs / block; ++b) {
          double largest = 0;
          double magnitude = 0;
          for (std::size_t k = b * block; k < (b + 1) * block; ++k) {
            const double value = x[r * inputs + k];
            sum += value * w.values[n * inputs + k];
            largest = std::max(largest, std::abs(value));
            magnitude += std::abs(w.values[n * inputs + k]);
          }
          bound += largest / 127 * 0.5001 * magnitude + 1e-5 * largest * magnitude;
        }
        REQUIRE(std::abs(out[r * 32 + n] - sum) <= bound);
      }
    }
  }
}

TEST_CASE("quantize_rows keeps zeros, the smallest numbers and what is no number") {
  std::vector<float> x(4 * block, 0.0F);
  x[block] = 1e-35F;
  x[2 * block + 3] = std::numeric_limits<float>::infinity();
  x[3 * block] = -2.0F;
  x[3 * block + 1] = 1.0F;
  for (const auto path : test::paths()) {
    auto rows = quantized(path, x, 1);
    CHECK(rows.scales[0] == 0);
    CHECK(rows.scales[1] == 0);
    CHECK(std::isnan(rows.scales[2]));
    CHECK(rows.scales[3] == 2.0F / 127);
    CHECK(rows.values[3 * block] == -127);
    CHECK(rows.values[3 * block + 1] == 64); // 63.5, to even.
    CHECK(rows.sums[3] == -63);
    CHECK(std::ranges::count(rows.values, 0) == 4 * block - 2);
  }
}

TEST_CASE("a weight of the largest magnitude on both sides is summed without saturation") {
  rng random{4};
  for (const auto type : {dtype::q8_0, dtype::q4_0}) {
    auto w = make_weights(type, 16, 64, random);
    // All integers as low as they go, scales 1.
    const auto integers = ops::scales_at(type, 64);
    std::fill_n(w.packed.begin(), integers, std::byte{0});
    for (std::size_t at = integers; at < integers + 64; at += 2) {
      const std::uint16_t one = 0x3c00;
      std::memcpy(w.packed.data() + at, &one, sizeof one);
    }
    const std::vector<float> x(64, -1.0F);
    for (const auto path : test::paths()) {
      const auto out = multiply(path, w, x, 1);
      CHECK(out[0] == doctest::Approx(type == dtype::q8_0 ? 64 * 128 : 64 * 8));
    }
  }
}

TEST_CASE("the largest numbers of k blocks are summed without saturation") {
  rng random{5};
  constexpr std::int32_t inputs = 256;
  for (const auto type : {dtype::q4_k, dtype::q6_k}) {
    // Integers as high as they go; the parts are 63.
    auto w = make_weights(type, 16, inputs, random);
    const bool is_q4 = type == dtype::q4_k;
    const auto parts = ops::scales_at(type, inputs);
    const auto scales = ops::k_scales_at(type, inputs);
    std::fill_n(w.packed.begin(), parts, std::byte{255});
    std::fill_n(w.packed.begin() + static_cast<std::ptrdiff_t>(parts), inputs, std::byte{63});
    for (auto at = scales; at < scales + 64; at += 2) {
      const std::uint16_t one = 0x3c00;
      std::memcpy(w.packed.data() + at, &one, sizeof one);
    }
    const std::vector<float> x(inputs, -1.0F);
    for (const auto path : test::paths()) {
      const auto out = multiply(path, w, x, 1);
      CHECK(out[0] == doctest::Approx(-inputs * 63 * (is_q4 ? 15 - 1 : 63 - 32)));
    }
  }
}
