// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/product_key.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace troupe::cuda;

TEST_CASE("advice for products is asked for each small number of rows, and by steps above") {
  CHECK(rows_of_advice(1) == 1);
  CHECK(rows_of_advice(256) == 256);
  CHECK(rows_of_advice(257) == 384);
  CHECK(rows_of_advice(8192) == 8192);
  std::set<std::int32_t> distinct;
  for (std::int32_t rows = 1; rows <= 8192; ++rows) {
    REQUIRE(rows_of_advice(rows) >= rows);
    distinct.insert(rows_of_advice(rows));
  }
  // Every matrix of a layer and the head, in both types of output.
  CHECK(distinct.size() * 5 * 2 <= advice_max);
}
