// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/bounded_queue.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <thread>

namespace troupe {

TEST_CASE("a queue refuses the item over its count and leaves it with the caller") {
  bounded_queue<std::unique_ptr<int>> queue{1};
  CHECK(queue.try_push(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);

  CHECK(!queue.try_push(std::move(second)));

  CHECK(second != nullptr);
  CHECK(queue.take_all().size() == 1);
  CHECK(queue.try_push(std::move(second)));
}

TEST_CASE("a queue refuses bytes over its bound, but a lone item always fits") {
  bounded_queue<int> queue{10, 100};
  CHECK(queue.try_push(1, 500));
  CHECK(!queue.try_push(2, 1));
  static_cast<void>(queue.take_all());
  CHECK(queue.try_push(3, 60));
  CHECK(!queue.try_push(4, 41));
  CHECK(queue.try_push(5, 40));
}

TEST_CASE("items of one producer arrive in order and none is lost") {
  constexpr int count = 20'000;
  bounded_queue<int> queue{64};
  std::thread producer{[&] {
    for (int item = 0; item < count; ++item) {
      while (!queue.try_push(int{item})) {
        std::this_thread::yield();
      }
    }
    queue.close();
  }};
  int next = 0;
  bool in_order = true;
  while (!queue.is_closed() || queue.size() > 0) {
    for (const auto item : queue.wait_and_take()) {
      in_order = in_order && item == next++;
    }
  }
  producer.join();

  CHECK(in_order);
  CHECK(next == count);
}

TEST_CASE("a wake ends one wait without an item, before or during it") {
  bounded_queue<int> queue{4};
  queue.wake();
  CHECK(queue.wait_and_take().empty());
  std::thread waker{[&] {
    queue.wake();
  }};
  CHECK(queue.wait_and_take().empty());
  waker.join();
}

TEST_CASE("a closed queue refuses, gives what it has and never waits") {
  bounded_queue<int> queue{4};
  CHECK(queue.try_push(1));
  CHECK(!queue.wait_closed(std::chrono::nanoseconds{1}));
  queue.close();

  CHECK(!queue.try_push(2));
  CHECK(queue.wait_and_take().size() == 1);
  CHECK(queue.wait_and_take().empty());
  CHECK(queue.wait_closed(std::chrono::hours{1}));
}

} // namespace troupe
