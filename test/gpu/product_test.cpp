// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/gemm/product.hpp"

#include "test/conformance/support/numbers.hpp"
#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace troupe;
using cuda::ops::element;

namespace {

/// Of a batch the rows stand side by side, as heads do.
void check_product(cuda::product& multiply, std::int32_t rows, std::int32_t outputs,
                   std::int32_t inputs, element type, rng& random, std::int32_t batch = 1) {
  const auto width = static_cast<std::size_t>(inputs);
  const auto count = static_cast<std::size_t>(outputs);
  const auto many = static_cast<std::size_t>(batch);
  const auto x_stride = many * width;
  const auto out_stride = many * count;
  const auto x = test::as_held(test::normals(static_cast<std::size_t>(rows) * x_stride, 1, random),
                               element::bf16);
  const auto w = test::as_held(test::normals(many * count * width, 1, random), element::bf16);
  const test::device_array<cuda::bf16> x_there(test::narrowed(x));
  const test::device_array<cuda::bf16> w_there(test::narrowed(w));
  const test::device_rows out(std::vector<float>(static_cast<std::size_t>(rows) * out_stride),
                              out_stride, type);
  REQUIRE(multiply.run({.x = x_there.data(),
                        .x_stride = x_stride,
                        .rows = rows,
                        .w = {w_there.data()},
                        .outputs = outputs,
                        .inputs = inputs,
                        .out = out.out(),
                        .batch = {batch, width, count * width, count}},
                       nullptr)
          == cuda::success);
  const auto got = out.read();
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
    for (std::size_t n = 0; n < out_stride; ++n) {
      double sum = 0;
      double size = 0;
      for (std::size_t k = 0; k < width; ++k) {
        const double part =
            static_cast<double>(x[r * x_stride + n / count * width + k]) * w[n * width + k];
        sum += part;
        size += std::abs(part);
      }
      REQUIRE(std::abs(got[r * out_stride + n] - sum)
              <= test::rounding_of(type) * std::abs(sum) + inputs * 0x1p-23 * size);
    }
  }
}

void check_all(cuda::product& multiply) {
  rng random{1};
  for (const std::int32_t rows : {1, 2, 7, 8, 9, 16, 33, 64, 65, 130}) {
    for (const auto type : test::both_types) {
      check_product(multiply, rows, 24, 64, type, random);
      check_product(multiply, rows, 72, 136, type, random);
      check_product(multiply, rows, 40, 24, type, random, 3);
    }
  }
}

} // namespace

TEST_CASE("our own products agree with sums in double for any number of rows") {
  if (test::lacks_device()) {
    return;
  }
  check_all(*cuda::make_own_product());
}

#ifdef TROUPE_TEST_CUBLAS
TEST_CASE("cuBLASLt's products agree with sums in double for any number of rows") {
  if (test::lacks_device()) {
    return;
  }
  const auto multiply = cuda::make_cublas_product();
  REQUIRE(multiply != nullptr);
  check_all(*multiply);
  rng random{2};
  check_product(*multiply, 300, 64, 64, element::bf16, random); // Advice for 384 rows.
}
#endif
