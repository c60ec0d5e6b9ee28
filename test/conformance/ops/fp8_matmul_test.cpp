// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/fp8_matmul.hpp"

#include "test/conformance/support/coded_weights.hpp"
#include "test/conformance/support/numbers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

using namespace troupe;
using namespace troupe::engine;
using ops::dtype;

namespace {

struct weights {
  std::int32_t outputs;
  std::int32_t inputs;
  std::vector<std::byte> packed;
  std::vector<float> codes;  ///< [outputs, inputs]
  std::vector<float> scales; ///< [outputs, groups]

  [[nodiscard]] ops::packed_matrix view() const {
    return {.type = dtype::fp8, .outputs = outputs, .inputs = inputs, .data = packed.data()};
  }
};

weights make_weights(std::int32_t outputs, std::int32_t inputs, rng& random) {
  const auto rows = test::random_fp8_rows(outputs, inputs, random);
  const auto width = static_cast<std::size_t>(inputs);
  weights w{outputs, inputs, test::packed_rows(dtype::fp8, rows, outputs, inputs), {}, {}};
  for (std::size_t at = 0; at < rows.size(); at += ops::row_bytes(dtype::fp8, width)) {
    for (std::size_t k = 0; k < width; ++k) {
      w.codes.push_back(ops::e4m3_to_f32(std::to_integer<std::uint8_t>(rows[at + k])));
    }
    const auto scales = w.scales.size();
    w.scales.resize(scales + ops::fp8_groups(width));
    std::memcpy(w.scales.data() + scales, rows.data() + at + width,
                ops::fp8_groups(width) * sizeof(float));
  }
  return w;
}

std::vector<float> multiply(cpu::cpu_path path, const weights& w, const std::vector<float>& x,
                            std::int32_t rows, std::int32_t panel_step = 1000) {
  const auto& by = cpu::select_ops(path);
  std::vector<std::uint16_t> pairs(x.size());
  std::vector<float> wide(x.size());
  const ops::rounded_rows rounded{pairs.data(), wide.data()};
  cpu::round_groups(by, {.x = x.data(),
                         .x_stride = static_cast<std::size_t>(w.inputs),
                         .rows = rows,
                         .inputs = w.inputs,
                         .out = rounded});
  const auto stride = static_cast<std::size_t>(ops::round_up_to_panel(w.outputs));
  std::vector<float> out(static_cast<std::size_t>(rows) * stride, -1.0F);
  for (std::int32_t panel = 0; panel < w.view().panels(); panel += panel_step) {
    cpu::fp8_matmul(by, {.x = rounded,
                         .rows = rows,
                         .w = w.view(),
                         .panel_begin = panel,
                         .panel_end = std::min(panel + panel_step, w.view().panels()),
                         .out = out.data(),
                         .out_stride = stride});
  }
  return out;
}

bool has_order_of_portable(cpu::cpu_path path) {
  return cpu::select_ops(path).order == cpu::select_ops(cpu::cpu_path::portable).order;
}

} // namespace

TEST_CASE("every code of fp8 is the same bf16 on every path") {
  std::vector<std::uint8_t> codes(256);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = static_cast<std::uint8_t>(i);
  }
  for (const auto path : test::paths()) {
    std::vector<std::uint16_t> out(codes.size());
    cpu::select_ops(path).widen_fp8(codes.data(), codes.size(), out.data());
    for (std::size_t i = 0; i < codes.size(); ++i) {
      if (i % 128 != 127) {
        REQUIRE(ops::bf16_to_f32(out[i]) == ops::e4m3_to_f32(codes[i]));
        REQUIRE(std::signbit(ops::bf16_to_f32(out[i])) == (i >= 128));
      }
    }
  }
}

TEST_CASE("fp8_matmul has the same bits on every path of one order, for any rows and panels") {
  rng random{1};
  for (const std::int32_t outputs : {1, 16, 17, 80, 131}) {
    for (const std::int32_t inputs : {2, 64, 128, 130, 384, 500}) {
      const auto w = make_weights(outputs, inputs, random);
      for (const std::int32_t rows : {1, 3, 24, 65, 130}) {
        const auto x = test::normals(static_cast<std::size_t>(rows * inputs), 1, random);
        const auto expected = multiply(cpu::cpu_path::portable, w, x, rows);
        for (const auto path : test::paths()) {
          if (has_order_of_portable(path)) {
            REQUIRE(
                test::same_bits(multiply(path, w, x, rows, rows % 2 == 0 ? 3 : 1000), expected));
          }
        }
      }
    }
  }
}

TEST_CASE("fp8_matmul is as near to the double sum as rounding activations to bf16 allows") {
  rng random{2};
  constexpr std::int32_t inputs = 500;
  const auto w = make_weights(40, inputs, random);
  const auto x = test::normals(std::size_t{7} * inputs, 1, random);
  for (const auto path : test::paths()) {
    const auto out = multiply(path, w, x, 7);
    for (std::size_t r = 0; r < 7; ++r) {
      for (std::size_t n = 0; n < 40; ++n) {
        double sum = 0;
        double size = 0;
        for (std::size_t k = 0; k < inputs; ++k) {
          const double part = static_cast<double>(x[r * inputs + k]) * w.codes[n * inputs + k]
                              * w.scales[n * ops::fp8_groups(inputs) + k / 128];
          sum += part;
          size += std::abs(part);
        }
        REQUIRE(std::abs(out[r * 48 + n] - sum) <= size * 0x1p-8);
      }
    }
  }
}
