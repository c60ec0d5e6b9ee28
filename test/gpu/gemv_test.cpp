// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/gemv.hpp"

#include "cuda/core/device_blocks.hpp"
#include "engine/core/ops/packed_matrix.hpp"
#include "test/conformance/support/numbers.hpp"
#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace troupe;
using namespace troupe::cuda::ops;
using engine::cpu::cpu_path;
using engine::ops::dtype;

namespace {

const engine::cpu::cpu_ops& cpu() {
  return engine::cpu::select_ops(cpu_path::portable);
}

/// Rows of blocks of a checkpoint: any integers, scales that are small numbers of either sign.
std::vector<std::byte> blocks_of(dtype type, std::size_t outputs, std::size_t inputs, rng& random) {
  const auto each = engine::ops::row_bytes(type, 32);
  std::vector<std::byte> rows(outputs * inputs / 32 * each);
  for (auto& one : rows) {
    one = static_cast<std::byte>(random.below(256));
  }
  for (std::size_t at = 0; at < rows.size(); at += each) {
    rows[at + 1] = static_cast<std::byte>(0x20 + random.below(8) + 128 * random.below(2));
  }
  return rows;
}

std::vector<std::byte> packed(dtype type, const std::vector<std::byte>& rows, std::int32_t outputs,
                              std::int32_t inputs) {
  const auto bytes = engine::ops::row_bytes(type, static_cast<std::size_t>(inputs));
  std::vector<std::byte> panels(engine::ops::packed_bytes(type, outputs, inputs) + 64);
  for (std::int32_t first = 0; first < outputs; first += 16) {
    std::vector<const std::byte*> some;
    for (auto n = first; n < std::min(first + 16, outputs); ++n) {
      some.push_back(rows.data() + static_cast<std::size_t>(n) * bytes);
    }
    engine::ops::pack_panel(some, type, inputs, type,
                            panels.data()
                                + static_cast<std::size_t>(first / 16)
                                      * engine::ops::panel_bytes(type, inputs));
  }
  return panels;
}

struct quantized {
  std::vector<std::int8_t> values;
  std::vector<float> scales;
  std::vector<std::int32_t> sums;
};

quantized quantized_by_cpu(const std::vector<float>& x, std::int32_t rows, std::int32_t inputs) {
  quantized q{std::vector<std::int8_t>(x.size()), std::vector<float>(x.size() / 32),
              std::vector<std::int32_t>(x.size() / 32)};
  cpu().quantize_rows({.x = x.data(),
                       .x_stride = static_cast<std::size_t>(inputs),
                       .rows = rows,
                       .inputs = inputs,
                       .out = {q.values.data(), q.scales.data(), q.sums.data()}});
  return q;
}

struct device_quantized {
  explicit device_quantized(const quantized& q)
      : values(q.values), scales(q.scales), sums(q.sums) {}
  [[nodiscard]] quantized_rows view() const { return {values.data(), scales.data(), sums.data()}; }

  test::device_array<std::int8_t> values;
  test::device_array<float> scales;
  test::device_array<std::int32_t> sums;
};

struct device_matrix {
  device_matrix(dtype of, const std::vector<std::byte>& rows, std::int32_t outputs,
                std::int32_t inputs)
      : type(of),
        shape{outputs, inputs},
        sizes(cuda::device_block_bytes(of, static_cast<std::size_t>(outputs),
                                       static_cast<std::size_t>(inputs))),
        integers(sizes.integers),
        scales(sizes.scales) {
    std::vector<std::byte> a(sizes.integers);
    std::vector<std::byte> b(sizes.scales);
    cuda::split_blocks(of, rows, a, b);
    integers.write(a);
    scales.write(b);
  }
  [[nodiscard]] block_matrix view() const {
    return {type, shape[0], shape[1], integers.data(), scales.data()};
  }

  dtype type;
  std::int32_t shape[2];
  cuda::block_bytes sizes;
  test::device_array<std::byte> integers;
  test::device_array<std::byte> scales;
};

/// Sum of |x * w| per output, at most, for tolerances.
double magnitude(const std::vector<float>& x, const std::vector<float>& w, std::size_t row,
                 std::size_t output, std::size_t inputs) {
  double sum = 0;
  for (std::size_t k = 0; k < inputs; ++k) {
    sum += std::abs(static_cast<double>(x[row * inputs + k]) * w[output * inputs + k]);
  }
  return sum;
}

} // namespace

TEST_CASE("quantize_rows has the CPU's bits, also for zeros, ties and what is no number") {
  if (test::lacks_device()) {
    return;
  }
  rng random{1};
  for (const std::int32_t inputs : {32, 160, 1056}) {
    auto x = test::adversarial(static_cast<std::size_t>(3 * inputs), random);
    x[0] = 127;
    x[1] = 0.5F;
    x[2] = 1.5F;
    std::fill_n(x.begin() + inputs, 32, 0.0F);
    x[static_cast<std::size_t>(2 * inputs)] = std::numeric_limits<float>::infinity();
    for (const auto type : test::both_types) {
      const auto held = test::as_held(x, type);
      const auto expected = quantized_by_cpu(held, 3, inputs);
      const test::device_rows in(held, static_cast<std::size_t>(inputs), type);
      const device_quantized out(quantized{std::vector<std::int8_t>(x.size(), 99),
                                           std::vector<float>(x.size() / 32, 99),
                                           std::vector<std::int32_t>(x.size() / 32, 99)});
      REQUIRE(quantize_rows({.x = in.in(), .rows = 3, .inputs = inputs, .out = out.view()}, nullptr)
              == cuda::success);
      CHECK(out.values.read() == expected.values);
      CHECK(test::near(out.scales.read(), expected.scales, 0));
      CHECK(out.sums.read() == expected.sums);
    }
  }
}

TEST_CASE("block_gemv agrees with the CPU for both types, 1 to 8 rows and odd outputs") {
  if (test::lacks_device()) {
    return;
  }
  rng random{2};
  for (const auto type : {dtype::q8_0, dtype::q4_0}) {
    for (std::int32_t rows = 1; rows <= gemv_rows_max; ++rows) {
      for (const std::int32_t inputs : {32, 992, 1056, 2080}) {
        const std::int32_t outputs = rows == 1 ? 37 : 5;
        const auto matrix = blocks_of(type, static_cast<std::size_t>(outputs),
                                      static_cast<std::size_t>(inputs), random);
        const auto panels = packed(type, matrix, outputs, inputs);
        auto x = quantized_by_cpu(test::normals(static_cast<std::size_t>(rows * inputs), 1, random),
                                  rows, inputs);
        const auto width = static_cast<std::size_t>(engine::ops::round_up_to_panel(outputs));
        std::vector<float> wide(static_cast<std::size_t>(rows) * width);
        cpu().block_matmul({.x = {x.values.data(), x.scales.data(), x.sums.data()},
                            .rows = rows,
                            .w = {type, outputs, inputs, panels.data()},
                            .panel_begin = 0,
                            .panel_end = static_cast<std::int32_t>(width / 16),
                            .out = wide.data(),
                            .out_stride = width});
        const device_quantized x_there(x);
        const device_matrix w(type, matrix, outputs, inputs);
        const auto count = static_cast<std::size_t>(rows * outputs);
        const test::device_rows out(std::vector<float>(count), static_cast<std::size_t>(outputs),
                                    element::f32);
        REQUIRE(block_gemv({.x = x_there.view(), .rows = rows, .w = w.view(), .out = out.out()},
                           nullptr)
                == cuda::success);
        std::vector<float> expected;
        for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
          const auto begin = wide.begin() + static_cast<std::ptrdiff_t>(r * width);
          expected.insert(expected.end(), begin, begin + outputs);
        }
        double largest = 0;
        for (const float value : expected) {
          largest = std::max(largest, std::abs(static_cast<double>(value)));
        }
        CHECK(test::near(out.read(), expected, 1e-6, 2e-6 * largest));
      }
    }
  }
}

TEST_CASE("widen_blocks gives the weights that a block stands for") {
  if (test::lacks_device()) {
    return;
  }
  rng random{3};
  for (const auto type : {dtype::q8_0, dtype::q4_0}) {
    const auto matrix = blocks_of(type, 3, 288, random);
    const std::vector<std::uint32_t> ids{0, 1, 2};
    std::vector<float> expected(std::size_t{3} * 288);
    cpu().embedding({.table = matrix.data(),
                     .type = type,
                     .cols = 288,
                     .scale = 1,
                     .ids = ids.data(),
                     .rows = 3,
                     .out = expected.data(),
                     .out_stride = 288});
    const device_matrix w(type, matrix, 3, 288);
    const test::device_array<cuda::bf16> out(expected.size());
    REQUIRE(widen_blocks(w.view(), out.data(), nullptr) == cuda::success);
    CHECK(test::same_bits(test::widened(out.read()), test::as_held(expected, element::bf16)));
  }
}

TEST_CASE("gemv agrees with sums in double for every type of weights and 1 to 8 rows") {
  if (test::lacks_device()) {
    return;
  }
  rng random{4};
  for (const auto type : {dtype::f32, dtype::bf16, dtype::f16}) {
    for (std::int32_t rows = 1; rows <= gemv_rows_max; ++rows) {
      for (const std::int32_t inputs : {8, 256, 264, 1000}) {
        constexpr std::int32_t outputs = 6;
        const auto width = static_cast<std::size_t>(inputs);
        std::vector<float> w = test::as_held(test::normals(outputs * width, 1, random),
                                             type == dtype::f32 ? element::f32 : element::bf16);
        std::vector<std::byte> bytes;
        for (auto& value : w) {
          std::uint32_t bits = cuda::float_to_bits(value) >> 16U;
          if (type == dtype::f16) {
            bits = static_cast<std::uint32_t>(random.below(0x4c00) | random.below(2) << 15U);
            value = engine::ops::f16_to_f32(static_cast<std::uint16_t>(bits));
          } else if (type == dtype::f32) {
            bits = cuda::float_to_bits(value);
          }
          for (std::size_t i = 0; i < engine::ops::element_bytes(type); ++i) {
            bytes.push_back(static_cast<std::byte>(bits >> (8 * i)));
          }
        }
        for (const auto x_type : test::both_types) {
          const auto x = test::as_held(
              test::normals(static_cast<std::size_t>(rows) * width, 1, random), x_type);
          const test::device_rows x_there(x, width, x_type);
          const test::device_array<std::byte> w_there(bytes);
          const bool has_bias = rows % 2 == 0;
          const auto bias = test::normals(outputs, 1, random);
          const test::device_array<float> bias_there(bias);
          const test::device_rows out(std::vector<float>(static_cast<std::size_t>(rows * outputs)),
                                      outputs, x_type);
          REQUIRE(gemv({.x = x_there.in(),
                        .rows = rows,
                        .w = w_there.data(),
                        .type = type,
                        .outputs = outputs,
                        .inputs = inputs,
                        .bias = has_bias ? bias_there.data() : nullptr,
                        .out = out.out()},
                       nullptr)
                  == cuda::success);
          const auto got = out.read();
          for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
            for (std::size_t n = 0; n < outputs; ++n) {
              double sum = has_bias ? bias[n] : 0;
              for (std::size_t k = 0; k < width; ++k) {
                sum += static_cast<double>(x[r * width + k]) * w[n * width + k];
              }
              const double allowed = test::rounding_of(x_type) * std::abs(sum)
                                     + inputs * 0x1p-24 * magnitude(x, w, r, n, width);
              REQUIRE(std::abs(got[r * outputs + n] - sum) <= allowed);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("products by vectors refuse more rows and broken blocks") {
  CHECK(gemv({.rows = gemv_rows_max + 1, .outputs = 8, .inputs = 8}, nullptr)
        == cuda::invalid_value);
  CHECK(gemv({.rows = 1, .outputs = 8, .inputs = 12}, nullptr) == cuda::invalid_value);
  CHECK(gemv({.rows = 1, .type = dtype::q8_0, .outputs = 8, .inputs = 32}, nullptr)
        == cuda::invalid_value);
  CHECK(block_gemv({.rows = 1, .w = {.outputs = 4, .inputs = 40}}, nullptr) == cuda::invalid_value);
}
