// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/gemm/product.hpp"
#include "cuda/ops/coded_gemv.hpp"
#include "cuda/ops/grouped_gemm.hpp"
#include "test/conformance/support/coded_weights.hpp"
#include "test/conformance/support/numbers.hpp"
#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace troupe;
using namespace troupe::cuda::ops;
using engine::ops::dtype;

namespace {

constexpr dtype all_codes[] = {dtype::q8_0, dtype::q4_0,  dtype::q4_k, dtype::q6_k,
                               dtype::int4, dtype::mxfp4, dtype::int8, dtype::fp8};

/// Inputs of whole blocks; of fp8 also rows that end within a group of a scale and a step of a
/// tile.
std::vector<std::int32_t> inputs_of(dtype type) {
  return engine::ops::is_k_block(type) ? std::vector{256, 1024}
         : type == dtype::fp8          ? std::vector{8, 136, 1032}
                                       : std::vector{32, 96, 1056};
}

/// What a product of one row and one output may differ by.
struct expected_sum {
  double sum = 0;
  double size = 0;
};

expected_sum sum_of(const float* x, const float* w, std::size_t inputs) {
  expected_sum all;
  for (std::size_t k = 0; k < inputs; ++k) {
    const double part = static_cast<double>(x[k]) * w[k];
    all.sum += part;
    all.size += std::abs(part);
  }
  return all;
}

struct problem {
  problem(dtype type, std::int32_t row_count, std::int32_t outputs, std::int32_t inputs,
          rng& random)
      : rows(static_cast<std::size_t>(row_count)),
        width(static_cast<std::size_t>(inputs)),
        w(test::make_coded(type, outputs, inputs, random)),
        x(test::as_held(test::normals(rows * width, 1, random), element::bf16)),
        x_there(test::narrowed(x)),
        w_there(w.packed) {}

  [[nodiscard]] matrix_in weights() const { return {w_there.data(), w.type}; }

  /// `rounding` is relative to the sum of what is added, besides that of the sums themselves.
  void check(const std::vector<float>& got, element type, double rounding) const {
    const auto outputs = static_cast<std::size_t>(w.outputs);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t n = 0; n < outputs; ++n) {
        const auto expected = sum_of(x.data() + r * width, w.values.data() + n * width, width);
        REQUIRE(std::abs(got[r * outputs + n] - expected.sum)
                <= test::rounding_of(type) * std::abs(expected.sum)
                       + (static_cast<double>(width) * 0x1p-23 + rounding) * expected.size);
      }
    }
  }

  std::size_t rows;
  std::size_t width;
  test::coded_weights w;
  std::vector<float> x;
  test::device_array<cuda::bf16> x_there;
  test::device_array<std::byte> w_there;
};

constexpr double as_bf16 = 0x1p-8;

void check_products(cuda::product& multiply, std::int32_t rows, double rounding) {
  rng random{static_cast<std::uint64_t>(rows)};
  for (const auto type : all_codes) {
    for (const auto inputs : inputs_of(type)) {
      for (const auto out_type : test::both_types) {
        CAPTURE(engine::ops::name_of(type));
        CAPTURE(inputs);
        const std::int32_t outputs = inputs > 512 ? 24 : 70;
        const problem p(type, rows, outputs, inputs, random);
        const auto count = p.rows * static_cast<std::size_t>(outputs);
        const test::device_rows out(std::vector<float>(count), static_cast<std::size_t>(outputs),
                                    out_type);
        REQUIRE(multiply.run_rows(p.x_there.data(), inputs, rows, p.weights(), outputs, out.out(),
                                  nullptr)
                == cuda::success);
        p.check(out.read(), out_type, rounding);
      }
    }
  }
}

} // namespace

TEST_CASE("codes are multiplied as the numbers they stand for, by few rows exactly") {
  if (test::lacks_device()) {
    return;
  }
  for (const std::int32_t rows : {1, 2, 8}) {
    check_products(*cuda::make_own_product(), rows, 0);
  }
}

TEST_CASE("codes are multiplied by many rows as bf16") {
  if (test::lacks_device()) {
    return;
  }
  for (const std::int32_t rows : {9, 70}) {
    check_products(*cuda::make_own_product(), rows, as_bf16);
  }
}

#ifdef TROUPE_TEST_CUBLAS
TEST_CASE("cuBLASLt multiplies codes that are widened first") {
  if (test::lacks_device()) {
    return;
  }
  const auto multiply = cuda::make_cublas_product();
  REQUIRE(multiply != nullptr);
  check_products(*multiply, 1, 0);
  for (const std::int32_t rows : {9, 64, 65, 200}) {
    check_products(*multiply, rows, as_bf16);
  }
}
#endif

TEST_CASE("widen_codes rounds what the CPU unpacks, any outputs of a matrix") {
  if (test::lacks_device()) {
    return;
  }
  rng random{3};
  for (const auto type : all_codes) {
    CAPTURE(engine::ops::name_of(type));
    for (const auto inputs : inputs_of(type)) {
      constexpr std::int32_t outputs = 37;
      const problem p(type, 1, outputs, inputs, random);
      for (const std::int32_t first : {0, 16, 32}) {
        for (const auto here : {1, 5, outputs - first}) {
          if (first + here > outputs) {
            continue;
          }
          const auto begin = p.w.values.begin() + static_cast<std::ptrdiff_t>(first) * inputs;
          const std::vector<float> expected(begin,
                                            begin + static_cast<std::ptrdiff_t>(here) * inputs);
          const test::device_array<cuda::bf16> out(expected.size());
          REQUIRE(widen_codes({.w = p.weights(),
                               .first_output = first,
                               .outputs = here,
                               .inputs = inputs,
                               .out = out.data()},
                              nullptr)
                  == cuda::success);
          REQUIRE(test::widened(out.read()) == test::as_held(expected, element::bf16));
        }
      }
    }
  }
}

TEST_CASE("grouped_gemm finds the codes of each group, also of panels that are not full") {
  if (test::lacks_device()) {
    return;
  }
  rng random{4};
  const std::vector<std::int32_t> begin{0, 3, 3, 70, 71};
  constexpr std::int32_t outputs = 40;
  for (const auto type : all_codes) {
    CAPTURE(engine::ops::name_of(type));
    const auto inputs = inputs_of(type)[1];
    const auto width = static_cast<std::size_t>(inputs);
    std::vector<std::byte> packed;
    std::vector<test::coded_weights> groups;
    for (std::size_t g = 0; g + 1 < begin.size(); ++g) {
      groups.push_back(test::make_coded(type, outputs, inputs, random));
      packed.insert(packed.end(), groups.back().packed.begin(), groups.back().packed.end());
    }
    const auto pairs = static_cast<std::size_t>(begin.back());
    const auto x = test::as_held(test::normals(pairs * width, 1, random), element::bf16);
    const test::device_array<cuda::bf16> x_there(test::narrowed(x));
    const test::device_array<std::byte> w_there(packed);
    const test::device_array<std::int32_t> begin_there(begin);
    const test::device_rows out(std::vector<float>(pairs * outputs), outputs, element::f32);
    REQUIRE(grouped_gemm({.x = x_there.data(),
                          .x_stride = width,
                          .begin = begin_there.data(),
                          .groups = static_cast<std::int32_t>(groups.size()),
                          .pairs_max = begin.back(),
                          .w = {w_there.data(), type},
                          .outputs = outputs,
                          .inputs = inputs,
                          .out = out.out()},
                         nullptr)
            == cuda::success);
    const auto got = out.read();
    for (std::size_t g = 0; g < groups.size(); ++g) {
      for (auto p = static_cast<std::size_t>(begin[g]); p < static_cast<std::size_t>(begin[g + 1]);
           ++p) {
        for (std::size_t n = 0; n < outputs; ++n) {
          const auto expected =
              sum_of(x.data() + p * width, groups[g].values.data() + n * width, width);
          REQUIRE(std::abs(got[p * outputs + n] - expected.sum)
                  <= (static_cast<double>(width) * 0x1p-23 + as_bf16) * expected.size);
        }
      }
    }
  }
}

TEST_CASE("products of codes refuse parts of blocks, batches and what are no codes") {
  const auto refused = [](const coded_gemv_args& args) {
    return coded_gemv(args, nullptr) == cuda::invalid_value;
  };
  CHECK(refused({.rows = 1, .w = {nullptr, dtype::q8_0}, .outputs = 8, .inputs = 40}));
  CHECK(refused({.rows = 1, .w = {nullptr, dtype::q4_k}, .outputs = 8, .inputs = 32}));
  CHECK(refused({.rows = 9, .w = {nullptr, dtype::q8_0}, .outputs = 8, .inputs = 32}));
  CHECK(refused({.rows = 1, .w = {nullptr, dtype::bf16}, .outputs = 8, .inputs = 32}));
  CHECK(grouped_gemm(
            {.groups = 1, .pairs_max = 1, .w = {nullptr, dtype::q8_0}, .outputs = 8, .inputs = 40},
            nullptr)
        == cuda::invalid_value);
  CHECK(grouped_gemm({.groups = 1,
                      .pairs_max = 1,
                      .w = {nullptr, dtype::q8_0},
                      .outputs = 8,
                      .inputs = 32,
                      .batch = {.count = 2}},
                     nullptr)
        == cuda::invalid_value);
  CHECK(widen_codes({.w = {nullptr, dtype::q8_0}, .first_output = 8, .outputs = 8, .inputs = 32},
                    nullptr)
        == cuda::invalid_value);
}
