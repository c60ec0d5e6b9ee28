// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/parallel.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <vector>

using troupe::engine::cpu::parallel;

TEST_CASE("every task runs exactly once, whatever the number of threads") {
  for (const std::uint32_t threads : {1U, 2U, 5U}) {
    parallel pool{threads};
    CHECK(pool.threads() == threads);
    for (const std::uint32_t count : {0U, 1U, 2U, 100U}) {
      std::vector<std::atomic<int>> runs(count);

      pool.run(count, [&](std::uint32_t i, std::uint32_t worker) {
        runs[i].fetch_add(worker < threads ? 1 : 1000);
      });

      for (const auto& times : runs) {
        CHECK(times.load() == 1);
      }
    }
  }
}

TEST_CASE("what tasks wrote is visible after the loop, over many short loops") {
  parallel pool{3};
  std::vector<std::uint64_t> values(16, 0);
  for (std::uint64_t round = 1; round <= 20000; ++round) {
    pool.run(16, [&](std::uint32_t i, std::uint32_t) { values[i] += round; });
  }
  for (const auto value : values) {
    CHECK(value == 20000ULL * 20001 / 2);
  }
}

TEST_CASE("a pool that was never used stops at once") {
  for (int i = 0; i < 50; ++i) {
    const parallel pool{4};
  }
  CHECK(true);
}
