// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/bench/export_rates.hpp"

#include "test/gpu/support/small_model.hpp"

#include <doctest/doctest.h>

using namespace troupe;

TEST_CASE("the bench copies a prompt's blocks, and takes time for each of its figures") {
  const auto shape = test::small_shape();
  const engine::ops::kv_layout layout{.layers = shape.layers,
                                      .kv_heads = shape.kv_heads,
                                      .head_dim = shape.head_dim,
                                      .block_size = 16};
  test::small_weights weights;
  cuda::bench::export_rates rates;
  REQUIRE(cuda::bench::measure_export(shape, weights.all(), layout, cuda::make_own_product(), 40, 3,
                                      rates)
          == cuda::success);
  CHECK(rates.bytes == 3.0 * static_cast<double>(layout.block_elements() * sizeof(cuda::bf16)));
  CHECK(rates.step_s > 0);
  CHECK(rates.step_and_copy_s > 0);
  CHECK(rates.copy_s > 0);
}
