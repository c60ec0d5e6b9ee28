// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/bench/bench_panel.hpp"

#include "engine/core/ops/packed_matrix.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using troupe::engine::ops::dtype;

TEST_CASE("the bench's codes have next to no mean and about the deviation that is asked for") {
  for (const auto type :
       {dtype::q8_0, dtype::q4_0, dtype::int4, dtype::mxfp4, dtype::int8, dtype::fp8}) {
    CAPTURE(troupe::engine::ops::name_of(type));
    constexpr std::int32_t inputs = 4096;
    constexpr float deviation = 1.0F / 64;
    const auto panel = troupe::cuda::bench::panel_of(type, inputs, deviation);
    std::vector<float> numbers(std::size_t{16} * inputs);
    troupe::engine::ops::unpack_panel({type, 16, inputs, panel.data()}, 0, numbers);
    double sum = 0;
    double squares = 0;
    for (const float number : numbers) {
      sum += number;
      squares += static_cast<double>(number) * number;
    }
    const auto count = static_cast<double>(numbers.size());
    CHECK(std::abs(sum / count) < deviation / 4); // 4 bits reach further down than up.
    CHECK(std::sqrt(squares / count) > deviation / 2);
    CHECK(std::sqrt(squares / count) < deviation * 2);
  }
}
