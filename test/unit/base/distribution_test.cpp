// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/distribution.hpp"

#include <doctest/doctest.h>

using namespace troupe;

TEST_CASE("a distribution counts a value in the first bucket whose bound reaches it") {
  distribution seen({1, 2, 4});
  for (const double value : {-1.0, 1.0, 1.5, 4.0, 4.5, 100.0}) {
    seen.add(value);
  }

  CHECK(seen.counts() == std::vector<std::uint64_t>{2, 1, 1, 2});
  CHECK(seen.sum() == 110);
}

TEST_CASE("a distribution without bounds only counts and sums") {
  distribution seen({});
  seen.add(3);

  CHECK(seen.counts() == std::vector<std::uint64_t>{1});
  CHECK(seen.sum() == 3);
}
