// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/gemv.hpp"

#include "test/conformance/support/numbers.hpp"
#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace troupe;
using namespace troupe::cuda::ops;
using engine::ops::dtype;

namespace {

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

TEST_CASE("products by vectors refuse more rows, odd inputs and codes") {
  CHECK(gemv({.rows = gemv_rows_max + 1, .outputs = 8, .inputs = 8}, nullptr)
        == cuda::invalid_value);
  CHECK(gemv({.rows = 1, .outputs = 8, .inputs = 12}, nullptr) == cuda::invalid_value);
  CHECK(gemv({.rows = 1, .type = dtype::q8_0, .outputs = 8, .inputs = 32}, nullptr)
        == cuda::invalid_value);
}
