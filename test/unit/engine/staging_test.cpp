// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/staging.hpp"

#include <doctest/doctest.h>

namespace troupe::engine::test {

namespace {

std::shared_ptr<std::pmr::memory_resource> heap() {
  return {std::shared_ptr<void>{}, std::pmr::new_delete_resource()};
}

} // namespace

TEST_CASE("staging refuses bytes over its bound until the last copy of a blob is gone") {
  staging_arena arena{100, heap()};
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
  staging_arena arena{10, heap()};

  const auto large = arena.take(50);

  CHECK(large);
  CHECK(!arena.take(1));
}

TEST_CASE("a blob may outlive its arena") {
  blob kept;
  {
    staging_arena arena{10, heap()};
    kept = staging_arena::seal(*arena.take(8));
  }
  CHECK(kept.size() == 8);
}

TEST_CASE("buffers are of the memory they were asked of, which stays as long as they do") {
  struct counted final : std::pmr::memory_resource {
    explicit counted(int& all) : taken(all) {}
    ~counted() override { taken = -1; }
    void* do_allocate(std::size_t size, std::size_t alignment) override {
      ++taken;
      return std::pmr::new_delete_resource()->allocate(size, alignment);
    }
    void do_deallocate(void* data, std::size_t size, std::size_t alignment) override {
      --taken;
      std::pmr::new_delete_resource()->deallocate(data, size, alignment);
    }
    bool do_is_equal(const memory_resource& other) const noexcept override {
      return this == &other;
    }
    int& taken;
  };
  int taken = 0;
  blob kept;
  {
    staging_arena arena{100, std::make_shared<counted>(taken)};
    kept = staging_arena::seal(*arena.take(8));
    CHECK(arena.take(16));
  }
  CHECK(taken == 1);
  kept = {};
  CHECK(taken == -1);
}

} // namespace troupe::engine::test
