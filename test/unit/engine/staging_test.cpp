// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/staging.hpp"

#include <doctest/doctest.h>

namespace troupe::engine::test {

TEST_CASE("staging refuses bytes over its bound until the last copy of a blob is gone") {
  staging_arena arena{100};
  int woken = 0;
  arena.on_release([&] { ++woken; });
  auto first = staging_arena::seal(*arena.take(60));
  auto copy = first;

  CHECK(!arena.take(50));
  first = {};
  CHECK(!arena.take(50));
  copy = {};
  CHECK(woken == 1);
  CHECK(arena.used_bytes() == 0);
  CHECK(arena.take(50));
}

TEST_CASE("a buffer larger than the bound fits alone, so that no export waits for ever") {
  staging_arena arena{10};

  const auto large = arena.take(50);

  CHECK(large);
  CHECK(!arena.take(1));
}

TEST_CASE("a blob may outlive its arena") {
  blob kept;
  {
    staging_arena arena{10};
    kept = staging_arena::seal(*arena.take(8));
  }
  CHECK(kept.size() == 8);
}

} // namespace troupe::engine::test
