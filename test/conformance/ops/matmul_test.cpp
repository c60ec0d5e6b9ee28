// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/cpu_ops.hpp"
#include "test/conformance/support/numbers.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

using namespace troupe;
using namespace troupe::engine;
using ops::dtype;
using test::adversarial;
using test::to_bf16;

namespace {

struct weights {
  dtype type;
  std::int32_t outputs;
  std::int32_t inputs;
  std::vector<std::byte> rows;   // As a checkpoint has them.
  std::vector<std::byte> packed; // In panels.
  std::vector<float> values;

  [[nodiscard]] ops::packed_matrix view() const {
    return {.type = type, .outputs = outputs, .inputs = inputs, .data = packed.data()};
  }
};

weights make_weights(dtype type, std::int32_t outputs, std::int32_t inputs,
                     const std::vector<float>& values) {
  weights w{type, outputs, inputs, {}, {}, values};
  const auto width = ops::element_bytes(type);
  w.rows.resize(values.size() * width);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (type == dtype::f32) {
      std::memcpy(w.rows.data() + i * width, &values[i], width);
    } else {
      // Any 16 bits but infinities and NaNs are a half; those of a small bf16 will do.
      auto bits = to_bf16(values[i]);
      if ((bits & 0x7c00U) == 0x7c00U) {
        bits = static_cast<std::uint16_t>(bits & ~0x4000U);
      }
      w.values[i] = ops::f16_to_f32(bits);
      std::memcpy(w.rows.data() + i * width, &bits, width);
    }
  }
  w.packed.resize(ops::packed_bytes(type, outputs, inputs));
  const auto row_bytes = static_cast<std::size_t>(inputs) * width;
  for (std::int32_t first = 0; first < outputs; first += ops::panel_width) {
    std::vector<const std::byte*> rows;
    for (std::int32_t n = first; n < outputs && n < first + ops::panel_width; ++n) {
      rows.push_back(w.rows.data() + static_cast<std::size_t>(n) * row_bytes);
    }
    ops::pack_panel(rows, type, inputs, type,
                    w.packed.data() + static_cast<std::size_t>(first) * row_bytes);
  }
  return w;
}

std::vector<float> multiply(cpu::cpu_path path, const weights& w, const std::vector<float>& x,
                            std::int32_t rows, std::int32_t panel_step) {
  const auto stride = static_cast<std::size_t>(ops::round_up_to_panel(w.outputs));
  std::vector<float> out(static_cast<std::size_t>(rows) * stride, -1.0F);
  ops::matmul_args args{.x = x.data(),
                        .x_stride = static_cast<std::size_t>(w.inputs),
                        .rows = rows,
                        .w = w.view(),
                        .out = out.data(),
                        .out_stride = stride};
  for (std::int32_t panel = 0; panel < args.w.panels(); panel += panel_step) {
    args.panel_begin = panel;
    args.panel_end = std::min(panel + panel_step, args.w.panels());
    cpu::select_ops(path).matmul(args);
  }
  return out;
}

constexpr dtype types[] = {dtype::f32, dtype::f16};

} // namespace

TEST_CASE("matmul has the same bits on every path for every shape and dtype") {
  rng random{1};
  for (const auto type : types) {
    for (const std::int32_t outputs : {1, 16, 17, 80, 131}) {
      for (const std::int32_t inputs : {1, 3, 64, 256, 257, 704}) {
        const auto w = make_weights(
            type, outputs, inputs,
            adversarial(static_cast<std::size_t>(outputs) * static_cast<std::size_t>(inputs),
                        random));
        for (const std::int32_t rows : {1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 29}) {
          const auto x = adversarial(
              static_cast<std::size_t>(rows) * static_cast<std::size_t>(inputs), random);
          const auto expected = multiply(cpu::cpu_path::portable, w, x, rows, 1000);
          for (const auto path : test::paths()) {
            const auto out = multiply(path, w, x, rows, 1000);
            CHECK(test::same_bits(out, expected));
          }
        }
      }
    }
  }
}

TEST_CASE("matmul gives a row the same bits alone, in any batch and in any split of the panels") {
  rng random{2};
  const std::int32_t inputs = 300;
  const auto w = make_weights(dtype::f16, 100, inputs, test::normals(30000, 0.1F, random));
  const auto x = test::normals(40 * 300, 1.0F, random);
  for (const auto path : test::paths()) {
    const auto whole = multiply(path, w, x, 40, 1000);
    for (const std::int32_t rows : {1, 2, 5, 8, 13, 20}) {
      for (const std::int32_t panels : {1, 2, 3, 7}) {
        for (std::int32_t from = 0; from + rows <= 40; from += rows) {
          const std::vector<float> part(x.begin() + from * inputs,
                                        x.begin() + (from + rows) * inputs);
          const auto out = multiply(path, w, part, rows, panels);
          const std::vector<float> same(whole.begin() + from * 112,
                                        whole.begin() + (from + rows) * 112);
          REQUIRE(test::same_bits(out, same));
        }
      }
    }
  }
}

TEST_CASE("matmul stays within 1e-5 of the double sum, relative to the sum of magnitudes") {
  rng random{3};
  for (const std::int32_t inputs : {64, 704, 4096}) {
    const auto w = make_weights(dtype::f32, 48, inputs,
                                test::normals(48 * static_cast<std::size_t>(inputs), 1, random));
    const auto x = test::normals(20 * static_cast<std::size_t>(inputs), 1, random);
    const auto out = multiply(cpu::cpu_path::automatic, w, x, 20, 1000);
    for (std::size_t r = 0; r < 20; ++r) {
      for (std::size_t n = 0; n < 48; ++n) {
        double sum = 0;
        double magnitude = 0;
        for (std::size_t k = 0; k < static_cast<std::size_t>(inputs); ++k) {
          const double term = static_cast<double>(x[r * static_cast<std::size_t>(inputs) + k])
                              * w.values[n * static_cast<std::size_t>(inputs) + k];
          sum += term;
          magnitude += std::abs(term);
        }
        REQUIRE(std::abs(out[r * 48 + n] - sum) <= 1e-5 * magnitude);
      }
    }
  }
}

TEST_CASE("padding columns past the last output become zero") {
  rng random{4};
  const auto w = make_weights(dtype::f16, 5, 32, test::normals(160, 1, random));
  const auto x = test::normals(32, 1, random);
  for (const auto path : test::paths()) {
    const auto out = multiply(path, w, x, 1, 1);
    for (std::size_t n = 5; n < 16; ++n) {
      CHECK(out[n] == 0.0F);
    }
    CHECK(out[4] != 0.0F);
  }
}

TEST_CASE("every half precision number widens alike in software and by the processor") {
  std::vector<float> ones{1.0F};
  for (std::uint32_t first = 0; first < 0x7c00U; first += 16) {
    std::vector<std::uint16_t> bits(16);
    for (std::uint32_t i = 0; i < 16; ++i) {
      bits[i] = static_cast<std::uint16_t>(first + i);
    }
    const ops::packed_matrix w{.type = dtype::f16, .outputs = 16, .inputs = 1, .data = bits.data()};
    for (const auto path : test::paths()) {
      std::vector<float> out(16);
      cpu::select_ops(path).matmul({.x = ones.data(),
                                    .x_stride = 1,
                                    .rows = 1,
                                    .w = w,
                                    .panel_begin = 0,
                                    .panel_end = 1,
                                    .out = out.data(),
                                    .out_stride = 16});
      for (std::uint32_t i = 0; i < 16; ++i) {
        REQUIRE(out[i] == ops::f16_to_f32(bits[i]));
      }
    }
  }
  CHECK(ops::f16_to_f32(0x3c00U) == 1.0F);
  CHECK(ops::f16_to_f32(0xc500U) == -5.0F);
  CHECK(ops::f16_to_f32(0x0001U) == 0x1p-24F);
  CHECK(std::isinf(ops::f16_to_f32(0x7c00U)));
  CHECK(std::isnan(ops::f16_to_f32(0x7e00U)));
}
