// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/route.hpp"

#include "cuda/ops/grouped_gemm.hpp"
#include "test/conformance/support/numbers.hpp"
#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

using namespace troupe;
using namespace troupe::cuda::ops;
using engine::cpu::cpu_path;
using engine::ops::route_args;
using engine::ops::route_score;

namespace {

const engine::cpu::cpu_ops& cpu() {
  return engine::cpu::select_ops(cpu_path::portable);
}

struct choice {
  std::vector<std::int32_t> ids;
  std::vector<float> shares;
};

/// By the device; `how` has everything but pointers.
choice chosen_there(route_args how, const std::vector<float>& logits,
                    const std::vector<float>& bias) {
  const auto count = static_cast<std::size_t>(how.rows * how.chosen);
  const test::device_array<float> logits_there(logits);
  const test::device_array<float> bias_there(bias.empty() ? std::vector<float>{0} : bias);
  const test::device_array<std::int32_t> ids(std::vector<std::int32_t>(count, -1));
  const test::device_array<float> shares(count);
  how.logits = logits_there.data();
  how.choice_bias = bias.empty() ? nullptr : bias_there.data();
  how.ids = ids.data();
  how.shares = shares.data();
  REQUIRE(route(how, nullptr) == cuda::success);
  return {ids.read(), shares.read()};
}

choice chosen_here(route_args how, const std::vector<float>& logits,
                   const std::vector<float>& bias) {
  const auto count = static_cast<std::size_t>(how.rows * how.chosen);
  choice made{std::vector<std::int32_t>(count), std::vector<float>(count)};
  how.logits = logits.data();
  how.choice_bias = bias.empty() ? nullptr : bias.data();
  how.ids = made.ids.data();
  how.shares = made.shares.data();
  cpu().route(how);
  return made;
}

/// Logits with many equal ones.
std::vector<float> logits_of(std::size_t count, rng& random) {
  auto logits = test::normals(count, 2, random);
  for (auto& logit : logits) {
    logit = random.below(3) == 0 ? std::round(logit) : logit;
  }
  return logits;
}

} // namespace

TEST_CASE("route has the CPU's choice and bits for every score, bias and group") {
  if (test::lacks_device()) {
    return;
  }
  rng random{1};
  struct shape {
    std::int32_t experts;
    std::int32_t chosen;
    std::int32_t groups;
    std::int32_t groups_chosen;
  };
  for (const auto& s : {shape{1, 1, 1, 1}, shape{8, 2, 1, 1}, shape{60, 4, 1, 1},
                        shape{128, 8, 1, 1}, shape{256, 8, 8, 4}, shape{16, 6, 8, 3},
                        shape{160, 6, 80, 3}, shape{1024, 16, 1, 1}, shape{5, 5, 1, 1}}) {
    for (const auto score : {route_score::softmax, route_score::sigmoid,
                             route_score::softmax_of_chosen, route_score::sigmoid_of_chosen}) {
      for (const bool has_bias : {false, true}) {
        const route_args how{.logits_stride = static_cast<std::size_t>(s.experts) + 3,
                             .rows = 3,
                             .experts = s.experts,
                             .chosen = s.chosen,
                             .score = score,
                             .is_normalized = has_bias,
                             .scale = 2.5F,
                             .groups = s.groups,
                             .groups_chosen = s.groups_chosen};
        const auto logits = logits_of(3 * how.logits_stride, random);
        const auto bias = has_bias ? test::normals(static_cast<std::size_t>(s.experts), 1, random)
                                   : std::vector<float>{};
        const auto expected = chosen_here(how, logits, bias);
        const auto got = chosen_there(how, logits, bias);
        REQUIRE(got.ids == expected.ids);
        REQUIRE(test::same_bits(got.shares, expected.shares));
      }
    }
  }
}

TEST_CASE("route keeps ids distinct and in range where a logit is no number") {
  if (test::lacks_device()) {
    return;
  }
  rng random{2};
  auto logits = test::normals(64, 1, random);
  for (std::size_t i = 0; i < 64; i += 3) {
    logits[i] = std::numeric_limits<float>::quiet_NaN();
  }
  const auto got =
      chosen_there({.logits_stride = 64, .rows = 1, .experts = 64, .chosen = 8}, logits, {});
  const std::set<std::int32_t> distinct(got.ids.begin(), got.ids.end());
  CHECK(distinct.size() == 8);
  CHECK(*distinct.begin() >= 0);
  CHECK(*distinct.rbegin() < 64);
}

TEST_CASE("pairs are sorted by expert and then by row, and every pair knows its place") {
  if (test::lacks_device()) {
    return;
  }
  rng random{3};
  // Of all experts those from `first` to `end` are sorted.
  struct share {
    std::int32_t experts;
    std::int32_t first;
    std::int32_t end;
  };
  for (const std::int32_t rows : {1, 7, 128, 300}) {
    for (const auto& [experts, first, end] : {share{1, 0, 1}, share{4, 0, 4}, share{64, 0, 64},
                                              share{64, 0, 3}, share{64, 5, 40}, share{4, 3, 4}}) {
      const auto chosen = std::min(experts, 4);
      const auto pairs = static_cast<std::size_t>(rows * chosen);
      std::vector<std::int32_t> ids(pairs);
      for (auto& id : ids) {
        // The second half of the experts gets nothing.
        id = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(experts + 1) / 2));
      }
      const test::device_array<std::int32_t> ids_there(ids);
      const std::vector<std::int32_t> unwritten(pairs, 77);
      const test::device_array<std::int32_t> begin(static_cast<std::size_t>(end - first) + 1);
      const test::device_array<std::int32_t> index(unwritten);
      const test::device_array<std::int32_t> place(unwritten);
      REQUIRE(sort_by_expert({.ids = ids_there.data(),
                              .rows = rows,
                              .chosen = chosen,
                              .first = first,
                              .experts = end - first,
                              .begin = begin.data(),
                              .index = index.data(),
                              .place = place.data()},
                             nullptr)
              == cuda::success);

      std::vector<std::int32_t> expected_begin{0};
      std::vector<std::int32_t> expected_index;
      std::vector<std::int32_t> expected_place(pairs, -1);
      for (std::int32_t e = first; e < end; ++e) {
        for (std::size_t p = 0; p < pairs; ++p) {
          if (ids[p] == e) {
            expected_place[p] = static_cast<std::int32_t>(expected_index.size());
            expected_index.push_back(static_cast<std::int32_t>(p) / chosen);
          }
        }
        expected_begin.push_back(static_cast<std::int32_t>(expected_index.size()));
      }
      expected_index.resize(pairs);
      CHECK(begin.read() == expected_begin);
      CHECK(index.read() == expected_index);
      CHECK(place.read() == expected_place);
    }
  }
}

TEST_CASE("grouped_gemm agrees with sums in double, for groups that are empty or not whole tiles") {
  if (test::lacks_device()) {
    return;
  }
  rng random{4};
  struct shape {
    std::vector<std::int32_t> counts;
    std::int32_t outputs;
    std::int32_t inputs;
  };
  for (const auto& s : {shape{{1}, 1, 8}, shape{{65}, 64, 64}, shape{{0, 3, 64, 0, 70}, 72, 136},
                        shape{{0, 0, 1}, 130, 200}}) {
    std::vector<std::int32_t> begin{0};
    for (const auto count : s.counts) {
      begin.push_back(begin.back() + count);
    }
    const auto pairs = static_cast<std::size_t>(begin.back());
    const auto inputs = static_cast<std::size_t>(s.inputs);
    const auto outputs = static_cast<std::size_t>(s.outputs);
    constexpr std::size_t rows = 9;
    std::vector<std::int32_t> index(pairs);
    for (auto& row : index) {
      row = static_cast<std::int32_t>(random.below(rows));
    }
    const auto x = test::as_held(test::normals(rows * inputs, 1, random), element::bf16);
    const auto w =
        test::as_held(test::normals(s.counts.size() * outputs * inputs, 1, random), element::bf16);
    const auto bias = test::normals(s.counts.size() * outputs, 1, random);
    const test::device_array<cuda::bf16> x_there(test::narrowed(x));
    const test::device_array<cuda::bf16> w_there(test::narrowed(w));
    const test::device_array<float> bias_there(bias);
    const test::device_array<std::int32_t> index_there(index);
    const test::device_array<std::int32_t> begin_there(begin);
    const test::device_rows out(std::vector<float>(pairs * outputs), outputs, element::f32);
    REQUIRE(grouped_gemm({.x = x_there.data(),
                          .x_stride = inputs,
                          .index = index_there.data(),
                          .begin = begin_there.data(),
                          .groups = static_cast<std::int32_t>(s.counts.size()),
                          .pairs_max = static_cast<std::int32_t>(pairs) + 20,
                          .w = {w_there.data()},
                          .outputs = s.outputs,
                          .inputs = s.inputs,
                          .bias = bias_there.data(),
                          .out = out.out()},
                         nullptr)
            == cuda::success);
    const auto got = out.read();
    for (std::size_t g = 0; g < s.counts.size(); ++g) {
      for (auto p = static_cast<std::size_t>(begin[g]); p < static_cast<std::size_t>(begin[g + 1]);
           ++p) {
        for (std::size_t n = 0; n < outputs; ++n) {
          double sum = bias[g * outputs + n];
          double size = std::abs(sum);
          for (std::size_t k = 0; k < inputs; ++k) {
            const double part =
                static_cast<double>(x[static_cast<std::size_t>(index[p]) * inputs + k])
                * w[(g * outputs + n) * inputs + k];
            sum += part;
            size += std::abs(part);
          }
          REQUIRE(std::abs(got[p * outputs + n] - sum)
                  <= static_cast<double>(inputs) * 0x1p-23 * size);
        }
      }
    }
  }
}

TEST_CASE("grouped_gemm without groups is a plain product in bf16") {
  if (test::lacks_device()) {
    return;
  }
  rng random{5};
  const auto x = test::as_held(test::normals(std::size_t{70} * 16, 1, random), element::bf16);
  const auto w = test::as_held(test::normals(std::size_t{3} * 16, 1, random), element::bf16);
  const test::device_array<cuda::bf16> x_there(test::narrowed(x));
  const test::device_array<cuda::bf16> w_there(test::narrowed(w));
  const test::device_rows out(std::vector<float>(std::size_t{70} * 3), 3, element::bf16);
  REQUIRE(grouped_gemm({.x = x_there.data(),
                        .x_stride = 16,
                        .groups = 1,
                        .pairs_max = 70,
                        .w = {w_there.data()},
                        .outputs = 3,
                        .inputs = 16,
                        .out = out.out()},
                       nullptr)
          == cuda::success);
  const auto got = out.read();
  for (std::size_t p = 0; p < 70; ++p) {
    for (std::size_t n = 0; n < 3; ++n) {
      double sum = 0;
      for (std::size_t k = 0; k < 16; ++k) {
        sum += static_cast<double>(x[p * 16 + k]) * w[n * 16 + k];
      }
      REQUIRE(std::abs(got[p * 3 + n] - sum) <= 0x1p-8 * std::abs(sum) + 1e-5);
    }
  }
}

TEST_CASE("route, its order and its products refuse what they are not made for") {
  CHECK(route({.rows = 1, .experts = 4, .chosen = 5}, nullptr) == cuda::invalid_value);
  CHECK(route({.rows = 1, .experts = 4, .chosen = 1, .groups = 3}, nullptr) == cuda::invalid_value);
  CHECK(route({.rows = 1, .experts = 1025, .chosen = 1}, nullptr) == cuda::invalid_value);
  CHECK(sort_by_expert({.rows = 0, .chosen = 1, .experts = 1}, nullptr) == cuda::invalid_value);
  CHECK(grouped_gemm({.groups = 1, .pairs_max = 1, .outputs = 8, .inputs = 12}, nullptr)
        == cuda::invalid_value);
  const std::int32_t none[3] = {};
  CHECK(grouped_gemm({.begin = none,
                      .groups = 2,
                      .pairs_max = 1,
                      .outputs = 8,
                      .inputs = 8,
                      .batch = {.count = 2}},
                     nullptr)
        == cuda::invalid_value);
}
