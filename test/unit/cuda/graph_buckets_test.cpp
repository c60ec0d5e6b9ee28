// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/graph_buckets.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe::cuda;

TEST_CASE("a step of few sequences has a graph that wastes less than half or seven rows") {
  CHECK(sequences_bucket(1) == 1);
  CHECK(sequences_bucket(3) == 4);
  CHECK(sequences_bucket(5) == 8);
  CHECK(sequences_bucket(9) == 16);
  CHECK(sequences_bucket(249) == 256);
  CHECK(sequences_bucket(257) == 0);
  for (std::int32_t sequences = 1; sequences <= graph_sequences_max; ++sequences) {
    const auto bucket = sequences_bucket(sequences);
    REQUIRE(bucket >= sequences);
    REQUIRE((bucket < 2 * sequences || bucket - sequences < 8));
    REQUIRE(sequences_bucket(bucket) == bucket);
  }
}

TEST_CASE("the reach of a graph doubles up to the context") {
  CHECK(visible_bucket(1, 8192) == 256);
  CHECK(visible_bucket(257, 8192) == 512);
  CHECK(visible_bucket(5000, 8192) == 8192);
  CHECK(visible_bucket(5000, 6000) == 6000);
  CHECK(visible_bucket(100, 128) == 128);
}

TEST_CASE("graphs that were used last are kept, and no more than there is room for") {
  graph_cache<std::string> graphs(2);
  CHECK(graphs.find({1, 256}) == nullptr);
  graphs.add({1, 256}, "a");
  graphs.add({2, 256}, "b");
  REQUIRE(graphs.find({1, 256}) != nullptr);
  graphs.add({1, 512}, "c");

  CHECK(graphs.size() == 2);
  CHECK(graphs.find({2, 256}) == nullptr);
  CHECK(*graphs.find({1, 256}) == "a");
  CHECK(*graphs.find({1, 512}) == "c");
}
