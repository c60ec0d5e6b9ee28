// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/sum_ranks.hpp"

#include "cuda/ranks/collective.hpp"
#include "test/conformance/support/numbers.hpp"
#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

#include <deque>

using namespace troupe;

TEST_CASE("every rank has the sum of all, added in their order") {
  if (test::lacks_device()) {
    return;
  }
  rng random{1};
  const auto add_up = cuda::make_own_collective();
  for (const std::size_t ranks : {1U, 2U, 5U, 16U}) {
    for (const std::size_t count : {1U, 255U, 2000U}) {
      std::deque<test::device_array<float>> there;
      std::vector<cuda::rank_part> parts;
      std::vector<float> expected;
      for (std::size_t r = 0; r < ranks; ++r) {
        const auto numbers = test::normals(count, 3, random);
        expected.resize(count);
        for (std::size_t i = 0; i < count; ++i) {
          expected[i] = r == 0 ? numbers[i] : expected[i] + numbers[i];
        }
        parts.push_back({there.emplace_back(numbers).data(), nullptr});
      }
      REQUIRE(add_up->sum(parts, count) == cuda::success);
      for (const auto& one : there) {
        CHECK(test::same_bits(one.read(), expected));
      }
    }
  }
  CHECK(add_up->sum({}, 1) == cuda::invalid_value);
}
