// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/logprobs.hpp"

#include "runtime/base/rng.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace troupe::engine::test {

TEST_CASE("log probabilities are the logarithms of the softmax") {
  const std::vector<float> row{1.0F, 3.0F, 2.0F, 3.0F, -1.0F};
  double total = 0;
  for (const auto logit : row) {
    total += std::exp(logit);
  }
  for (token_id token = 0; token < row.size(); ++token) {
    const auto got = logprobs_of(row, token, 0);
    CHECK(got.logprob == doctest::Approx(std::log(std::exp(row[token]) / total)));
    CHECK(got.top.empty());
  }
}

TEST_CASE("the likeliest come first and of equals the lowest id") {
  const std::vector<float> row{1.0F, 3.0F, 2.0F, 3.0F, -1.0F};
  const auto got = logprobs_of(row, 4, 3);

  REQUIRE(got.top.size() == 3);
  CHECK(got.top[0].token == 1);
  CHECK(got.top[1].token == 3);
  CHECK(got.top[2].token == 2);
  CHECK(got.top[0].logprob == got.top[1].logprob);
  CHECK(logprobs_of(row, 4, 20).top.size() == 5);
}

TEST_CASE("the ranked ones are those of a whole sort") {
  rng draws{3};
  std::vector<float> row(5000);
  for (auto& logit : row) {
    logit = static_cast<float>(draws.below(1000)) * 0.01F;
  }
  std::vector<token_id> order(row.size());
  for (token_id token = 0; token < order.size(); ++token) {
    order[token] = token;
  }
  std::ranges::stable_sort(order, [&](token_id a, token_id b) { return row[a] > row[b]; });
  const auto got = logprobs_of(row, 0, 20);

  REQUIRE(got.top.size() == 20);
  for (std::size_t at = 0; at < got.top.size(); ++at) {
    CHECK(got.top[at].token == order[at]);
    CHECK(got.top[at].logprob == logprobs_of(row, order[at], 0).logprob);
  }
}

TEST_CASE("large logits do not overflow and what has no probability says so") {
  constexpr auto inf = std::numeric_limits<float>::infinity();
  CHECK(logprobs_of(std::vector{3e38F, -3e38F, -inf}, 0, 1).logprob == 0);
  CHECK(logprobs_of(std::vector{1.0F, -inf}, 1, 0).logprob == -inf);
}

} // namespace troupe::engine::test
