// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulated/grid.hpp"

#include "cuda/device/grid.cuh"
#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <set>

using namespace troupe;
using namespace troupe::cuda;

namespace {

void reverse_kernel(const int* x, int* out) {
  auto* row = shared_memory<int>();
  row[threadIdx.x] = x[threadIdx.x];
  sync_block();
  out[threadIdx.x] = row[blockDim.x - 1 - threadIdx.x];
}

/// As above with the barrier forgotten.
void careless_kernel(const int* x, int* out) {
  auto* row = shared_memory<int>();
  row[threadIdx.x] = x[threadIdx.x];
  out[threadIdx.x] = row[blockDim.x - 1 - threadIdx.x];
}

void sum_kernel(int* out) {
  static int parts[32];
  const int sum = over_block(static_cast<int>(threadIdx.x) + 1, parts, plus{});
  out[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}

void late_kernel(const int* x, int* early, int* late) {
  auto* row = shared_memory<int>();
  copy_later(row + 4 * threadIdx.x, x + 4 * threadIdx.x, threadIdx.x == 0 ? 8 : 16);
  commit_copies();
  early[threadIdx.x] = row[4 * threadIdx.x];
  wait_copies<0>();
  for (unsigned i = 0; i < 4; ++i) {
    late[4 * threadIdx.x + i] = row[4 * threadIdx.x + i];
  }
}

std::vector<int> counted(std::size_t count) {
  std::vector<int> all(count);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

} // namespace

TEST_CASE("threads of an emulated block meet at barriers, and only there") {
  const auto x = counted(128);
  std::vector<int> out(128);
  REQUIRE(launch(reverse_kernel, {1, 1, 1}, {128, 1, 1}, 512, nullptr, x.data(), out.data())
          == success);
  CHECK(out == std::vector<int>(x.rbegin(), x.rend()));

  REQUIRE(launch(careless_kernel, {1, 1, 1}, {128, 1, 1}, 512, nullptr, x.data(), out.data())
          == success);
  CHECK(out != std::vector<int>(x.rbegin(), x.rend()));
}

TEST_CASE("a sum over an emulated block reaches all of its threads") {
  for (const unsigned threads : {32U, 96U, 1024U}) {
    std::vector<int> out(3 * threads);
    REQUIRE(launch(sum_kernel, {3, 1, 1}, {threads, 1, 1}, 0, nullptr, out.data()) == success);
    const auto expected = static_cast<int>(threads * (threads + 1) / 2);
    CHECK(std::set<int>(out.begin(), out.end()) == std::set<int>{expected});
  }
}

TEST_CASE("an emulated late copy may not be there before it was waited for") {
  const auto x = counted(128);
  std::vector<int> early(32);
  std::vector<int> late(128);
  REQUIRE(
      launch(late_kernel, {1, 1, 1}, {32, 1, 1}, 512, nullptr, x.data(), early.data(), late.data())
      == success);

  CHECK(std::ranges::count(early, -1) > 0);
  CHECK(std::ranges::count(early, -1) < 32);
  CHECK(late[1] == 1);
  CHECK(late[2] == 0); // Beyond the valid bytes.
  CHECK(late[127] == 127);
}
