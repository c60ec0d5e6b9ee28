// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulated/grid.hpp"

#include "cuda/device/grid.cuh"
#include "cuda/device/matrix.cuh"
#include "test/conformance/support/numbers.hpp"
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

/// a [16, 16] times the transpose of b [8, 16], by the fragments as matrix.cuh describes them.
void product_kernel(const bf16* a, const bf16* b, float* c) {
  const auto g = lane() / 4;
  const auto t = lane() % 4;
  const auto two = [](const bf16* rows, unsigned row, unsigned column) {
    return std::uint32_t{rows[row * 16 + column + 1].bits} << 16U | rows[row * 16 + column].bits;
  };
  const bf16_pair of_a[4] = {two(a, g, 2 * t), two(a, g + 8, 2 * t), two(a, g, 2 * t + 8),
                             two(a, g + 8, 2 * t + 8)};
  float sums[4] = {};
  multiply_add(sums, of_a, two(b, g, 2 * t), two(b, g, 2 * t + 8));
  c[g * 8 + 2 * t] = sums[0];
  c[g * 8 + 2 * t + 1] = sums[1];
  c[(g + 8) * 8 + 2 * t] = sums[2];
  c[(g + 8) * 8 + 2 * t + 1] = sums[3];
}

/// Four matrices one below the other, [32, 8], and what each lane gets of them.
void load_kernel(const bf16* m, bf16_pair* plain, bf16_pair* transposed) {
  bf16_pair got[4];
  load_matrices(got, m + lane() * 8);
  std::copy_n(got, 4, plain + lane() * 4);
  load_transposed(got, m + lane() * 8);
  std::copy_n(got, 4, transposed + lane() * 4);
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

TEST_CASE("a product by fragments is the product of the matrices") {
  rng random{1};
  const auto a = test::as_held(test::normals(256, 1, random), ops::element::bf16);
  const auto b = test::as_held(test::normals(128, 1, random), ops::element::bf16);
  const auto a_narrow = test::narrowed(a);
  const auto b_narrow = test::narrowed(b);
  std::vector<float> c(128);
  REQUIRE(launch(product_kernel, {1, 1, 1}, {32, 1, 1}, 0, nullptr, a_narrow.data(),
                 b_narrow.data(), c.data())
          == success);
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 8; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < 16; ++k) {
        sum += static_cast<double>(a[i * 16 + k]) * b[j * 16 + k];
      }
      REQUIRE(c[i * 8 + j] == doctest::Approx(sum).epsilon(1e-4));
    }
  }
}

TEST_CASE("lanes get pairs of loaded matrices along rows, transposed along columns") {
  std::vector<bf16> m(256);
  for (std::size_t i = 0; i < m.size(); ++i) {
    m[i].bits = static_cast<std::uint16_t>(i);
  }
  std::vector<bf16_pair> plain(128);
  std::vector<bf16_pair> transposed(128);
  REQUIRE(launch(load_kernel, {1, 1, 1}, {32, 1, 1}, 0, nullptr, m.data(), plain.data(),
                 transposed.data())
          == success);
  const auto at = [](std::uint32_t matrix, std::uint32_t row, std::uint32_t column) {
    return matrix * 64 + row * 8 + column;
  };
  // Lane 13 is at row 3, columns 2 and 3.
  for (std::uint32_t i = 0; i < 4; ++i) {
    CHECK(plain[13 * 4 + i] == (at(i, 3, 2) | at(i, 3, 3) << 16U));
    CHECK(transposed[13 * 4 + i] == (at(i, 2, 3) | at(i, 3, 3) << 16U));
  }
}
