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

void check_product(cuda::product& multiply, std::int32_t rows, std::int32_t outputs,
                   std::int32_t inputs, element type, rng& random) {
  const auto width = static_cast<std::size_t>(inputs);
  const auto count = static_cast<std::size_t>(outputs);
  const auto x = test::as_held(test::normals(static_cast<std::size_t>(rows) * width, 1, random),
                               element::bf16);
  const auto w = test::as_held(test::normals(count * width, 1, random), element::bf16);
  const test::device_array<cuda::bf16> x_there(test::narrowed(x));
  const test::device_array<cuda::bf16> w_there(test::narrowed(w));
  const test::device_rows out(std::vector<float>(static_cast<std::size_t>(rows) * count), count,
                              type);
  REQUIRE(multiply.run({.x = x_there.data(),
                        .x_stride = width,
                        .rows = rows,
                        .w = w_there.data(),
                        .outputs = outputs,
                        .inputs = inputs,
                        .out = out.out()},
                       nullptr)
          == cuda::success);
  const auto got = out.read();
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
    for (std::size_t n = 0; n < count; ++n) {
      double sum = 0;
      double size = 0;
      for (std::size_t k = 0; k < width; ++k) {
        const double part = static_cast<double>(x[r * width + k]) * w[n * width + k];
        sum += part;
        size += std::abs(part);
      }
      REQUIRE(std::abs(got[r * count + n] - sum)
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
