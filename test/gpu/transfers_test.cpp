// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/device/transfers.hpp"

#include "cuda/device/graph.hpp"
#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

using namespace troupe;

TEST_CASE("what goes there and back in a step arrives whole, in steps of any size") {
  if (test::lacks_device()) {
    return;
  }
  cuda::owned_stream on;
  REQUIRE(on.make() == cuda::success);
  cuda::transfers through;
  for (const std::size_t count : {1U, 1000U, 50'000U, 7U, 200'000U}) {
    through.reset();
    std::vector<std::uint32_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), static_cast<std::uint32_t>(count));
    const std::vector<float> others(count / 2, 0.5F);
    cuda::device_buffer<std::uint32_t> first;
    cuda::device_buffer<float> second;
    REQUIRE(first.resize(count) == cuda::success);
    REQUIRE(second.resize(count) == cuda::success);
    REQUIRE(through.write(first, std::span<const std::uint32_t>{numbers}, on.get())
            == cuda::success);
    REQUIRE(through.write(second, std::span<const float>{others}, on.get()) == cuda::success);
    std::span<const std::uint32_t> back;
    std::span<const float> other_back;
    REQUIRE(through.read(first, count, on.get(), back) == cuda::success);
    REQUIRE(through.read(second, others.size(), on.get(), other_back) == cuda::success);
    REQUIRE(on.wait() == cuda::success);
    CHECK(std::ranges::equal(back, numbers));
    CHECK(std::ranges::equal(other_back, others));
  }
}

TEST_CASE("more than there is room for is refused in both directions") {
  if (test::lacks_device()) {
    return;
  }
  cuda::transfers through;
  cuda::device_buffer<float> small;
  REQUIRE(small.resize(2) == cuda::success);
  const std::vector<float> three(3);
  CHECK(through.write(small, std::span<const float>{three}, nullptr) == cuda::invalid_value);
  std::span<const float> back;
  CHECK(through.read(small, 3, nullptr, back) == cuda::invalid_value);
  CHECK(back.empty());
}
