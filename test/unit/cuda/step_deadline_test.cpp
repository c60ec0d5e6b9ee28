// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/device/step_deadline.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

using namespace std::chrono_literals;
using troupe::cuda::step_deadline;

TEST_CASE("a step that does not end is told once, and one that ends is not") {
  std::atomic<int> late{0};
  step_deadline deadline{200ms, [&] {
                           ++late;
                         }};
  for (int i = 0; i < 3; ++i) {
    deadline.begin();
    deadline.end();
  }
  std::this_thread::sleep_for(300ms);
  CHECK(late == 0);
  const auto begun = std::chrono::steady_clock::now();
  deadline.begin();
  while (late == 0 && std::chrono::steady_clock::now() - begun < 20s) {
    std::this_thread::sleep_for(5ms);
  }
  CHECK(late == 1);
  CHECK(std::chrono::steady_clock::now() - begun >= 200ms);
  std::this_thread::sleep_for(300ms);
  CHECK(late == 1);
  deadline.end();
}

TEST_CASE("without a limit nobody watches") {
  step_deadline deadline{0ms, [] {
                           FAIL("there is no limit");
                         }};
  deadline.begin();
  std::this_thread::sleep_for(60ms);
  deadline.end();
}
