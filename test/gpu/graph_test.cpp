// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/device/graph.hpp"

#include "cuda/ops/activate.hpp"
#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

using namespace troupe;

TEST_CASE("a graph repeats its launches on what the memory holds by then") {
  if (test::lacks_device()) {
    return;
  }
  test::device_array<float> x(std::vector<float>{100, 0});
  cuda::owned_stream on;
  REQUIRE(on.make() == cuda::success);
  cuda::graph graph;
  CHECK(graph.launch(on.get()) == cuda::invalid_value);
  REQUIRE(graph.record(on.get(), [&] {
    return cuda::ops::softcap({.x = x.data(), .x_stride = 2, .rows = 1, .cols = 2, .cap = 2},
                              on.get());
  }) == cuda::success);
  CHECK(x.read() == std::vector<float>{100, 0});

  REQUIRE(graph.launch(on.get()) == cuda::success);
  REQUIRE(on.wait() == cuda::success);
  CHECK(x.read() == std::vector<float>{2, 0});

  x.write({0, -100});
  auto moved = std::move(graph);
  REQUIRE(moved.launch(on.get()) == cuda::success);
  REQUIRE(on.wait() == cuda::success);
  CHECK(x.read() == std::vector<float>{0, -2});
}

TEST_CASE("a graph of launches that fail is none, and the default stream records nothing") {
  if (test::lacks_device()) {
    return;
  }
  cuda::graph graph;
  CHECK(graph.record(nullptr, [] { return cuda::success; }) == cuda::invalid_value);
}
