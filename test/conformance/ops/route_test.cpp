// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/cpu_ops.hpp"
#include "test/conformance/support/numbers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

using namespace troupe;
using namespace troupe::engine;
using ops::route_score;

namespace {

struct routed {
  std::vector<std::int32_t> ids;
  std::vector<float> shares;
};

routed route(const std::vector<float>& logits, std::int32_t rows, ops::route_args how,
             cpu::cpu_path path = cpu::cpu_path::automatic) {
  const auto count = static_cast<std::size_t>(rows * how.chosen);
  routed out{std::vector<std::int32_t>(count), std::vector<float>(count)};
  how.logits = logits.data();
  how.logits_stride = logits.size() / static_cast<std::size_t>(rows);
  how.rows = rows;
  how.ids = out.ids.data();
  how.shares = out.shares.data();
  cpu::select_ops(path).route(how);
  return out;
}

/// Indices by value, the lower first of equals.
std::vector<std::int32_t> ranked(const std::vector<double>& values) {
  std::vector<std::int32_t> order(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = static_cast<std::int32_t>(i);
  }
  std::ranges::stable_sort(order, [&](std::int32_t a, std::int32_t b) {
    return values[static_cast<std::size_t>(a)] > values[static_cast<std::size_t>(b)];
  });
  return order;
}

} // namespace

TEST_CASE("a softmax router takes the best experts and their shares of all, or of the chosen") {
  rng random{1};
  for (const std::int32_t experts : {1, 5, 128, 1024}) {
    const auto size = static_cast<std::size_t>(experts);
    const auto logits = test::normals(3 * size, 3, random);
    const auto chosen = std::min(experts, 4);
    const auto plain = route(logits, 3, {.experts = experts, .chosen = chosen});
    const auto normal =
        route(logits, 3, {.experts = experts, .chosen = chosen, .is_normalized = true});
    const auto late = route(
        logits, 3, {.experts = experts, .chosen = chosen, .score = route_score::softmax_of_chosen});
    for (std::size_t r = 0; r < 3; ++r) {
      const std::vector<double> row{logits.begin() + static_cast<std::ptrdiff_t>(r * size),
                                    logits.begin() + static_cast<std::ptrdiff_t>((r + 1) * size)};
      const auto order = ranked(row);
      double all = 0;
      double best = 0;
      for (std::size_t i = 0; i < size; ++i) {
        all += std::exp(row[i]);
      }
      for (std::size_t i = 0; i < static_cast<std::size_t>(chosen); ++i) {
        best += std::exp(row[static_cast<std::size_t>(order[i])]);
      }
      for (std::size_t i = 0; i < static_cast<std::size_t>(chosen); ++i) {
        const auto at = r * static_cast<std::size_t>(chosen) + i;
        const double weight = std::exp(row[static_cast<std::size_t>(order[i])]);
        CHECK(plain.ids[at] == order[i]);
        CHECK(late.ids[at] == order[i]);
        CHECK(plain.shares[at] == doctest::Approx(weight / all).epsilon(1e-5));
        CHECK(normal.shares[at] == doctest::Approx(weight / best).epsilon(1e-5));
        CHECK(late.shares[at] == doctest::Approx(weight / best).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("equal scores go to the lower index, in experts and in groups") {
  const std::vector<float> level(8, 0.5F);
  CHECK(route(level, 1, {.experts = 8, .chosen = 3}).ids == std::vector<std::int32_t>{0, 1, 2});
  const std::vector<float> twice{0, 1, 0, 1, 2, 0, 2, 0};
  CHECK(route(twice, 1, {.experts = 8, .chosen = 4}).ids == std::vector<std::int32_t>{4, 6, 1, 3});
  const auto grouped =
      route(level, 1, {.experts = 8, .chosen = 3, .groups = 4, .groups_chosen = 2});
  CHECK(grouped.ids == std::vector<std::int32_t>{0, 1, 2});
}

TEST_CASE("a bias moves the choice of a sigmoid router, but not the shares") {
  const std::vector<float> logits{2, 1, 0, -1};
  const std::vector<float> bias{-1, 0, 0, 0.5F};
  const auto out = route(logits, 1,
                         {.experts = 4,
                          .chosen = 2,
                          .score = route_score::sigmoid,
                          .is_normalized = true,
                          .scale = 2.5F,
                          .choice_bias = bias.data()});
  const double first = 1 / (1 + std::exp(1.0));
  const double second = 1 / (1 + std::exp(-1.0));
  CHECK(out.ids == std::vector<std::int32_t>{3, 1});
  CHECK(out.shares[0] == doctest::Approx(2.5 * first / (first + second)));
  CHECK(out.shares[1] == doctest::Approx(2.5 * second / (first + second)));
}

TEST_CASE("a sigmoid of the chosen ranks by logit, also where sigmoids no longer differ") {
  const std::vector<float> logits{40, 0, 50, 30};
  const auto out =
      route(logits, 1, {.experts = 4, .chosen = 2, .score = route_score::sigmoid_of_chosen});
  CHECK(out.ids == std::vector<std::int32_t>{2, 0});
  CHECK(out.shares == std::vector<float>{1, 1});
}

TEST_CASE("groups are judged by the sum of their two best, and others stay closed") {
  // The single best expert stands in a group whose second is poor.
  const std::vector<float> logits{5, -9, 1, 1, 0.5F, 1.2F, -1, -1};
  const auto out = route(
      logits, 1,
      {.experts = 8, .chosen = 3, .score = route_score::sigmoid, .groups = 4, .groups_chosen = 2});
  CHECK(out.ids == std::vector<std::int32_t>{5, 2, 3});
}

TEST_CASE("a router gives the same bits on every path and for a row alone, and survives anything") {
  rng random{2};
  auto logits = test::normals(7 * 64, 20, random);
  logits[5] = std::numeric_limits<float>::quiet_NaN();
  logits[64] = std::numeric_limits<float>::infinity();
  std::fill_n(logits.begin() + 128, 64, std::numeric_limits<float>::quiet_NaN());
  for (const auto score : {route_score::softmax, route_score::sigmoid,
                           route_score::softmax_of_chosen, route_score::sigmoid_of_chosen}) {
    const ops::route_args how{.experts = 64,
                              .chosen = 8,
                              .score = score,
                              .is_normalized = true,
                              .groups = 8,
                              .groups_chosen = 3};
    const auto expected = route(logits, 7, how, cpu::cpu_path::portable);
    for (const auto path : test::paths()) {
      const auto all = route(logits, 7, how, path);
      CHECK(all.ids == expected.ids);
      CHECK(test::same_bits(all.shares, expected.shares));
    }
    for (std::ptrdiff_t r = 0; r < 7; ++r) {
      const auto alone = route({logits.begin() + r * 64, logits.begin() + (r + 1) * 64}, 1, how);
      const std::vector<std::int32_t> ids{expected.ids.begin() + r * 8,
                                          expected.ids.begin() + (r + 1) * 8};
      CHECK(alone.ids == ids);
      CHECK(std::set<std::int32_t>{ids.begin(), ids.end()}.size() == 8);
      CHECK(std::ranges::all_of(ids, [](std::int32_t id) { return id >= 0 && id < 64; }));
    }
  }
}

TEST_CASE("gathered rows come back to where they came from, times their shares") {
  const std::vector<float> x{1, 2, 90, 3, 4, 90, 5, 6, 90};
  const std::vector<std::int32_t> index{0, 2};
  const std::vector<float> share{2, 10};
  std::vector<float> some(4);
  const auto& ops = cpu::select_ops();
  ops.gather_rows({.x = x.data(),
                   .x_stride = 3,
                   .index = index.data(),
                   .rows = 2,
                   .cols = 2,
                   .out = some.data(),
                   .out_stride = 2});
  CHECK(some == std::vector<float>{1, 2, 5, 6});
  std::vector<float> out(9, 1);
  ops.scatter_add({.x = some.data(),
                   .x_stride = 2,
                   .index = index.data(),
                   .share = share.data(),
                   .rows = 2,
                   .cols = 2,
                   .out = out.data(),
                   .out_stride = 3});
  CHECK(out == std::vector<float>{3, 5, 1, 1, 1, 1, 51, 61, 1});
  ops.gather_rows({.x = x.data(),
                   .x_stride = 3,
                   .index = index.data(),
                   .share = share.data(),
                   .rows = 2,
                   .cols = 2,
                   .out = some.data(),
                   .out_stride = 2});
  CHECK(some == std::vector<float>{2, 4, 50, 60});
}
