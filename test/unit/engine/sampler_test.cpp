// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sampler.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <span>
#include <vector>

namespace troupe::engine::test {

namespace {

const std::vector<float> row{1.0F, 3.0F, 2.0F, 3.0F, -1.0F};

result<token_id> sample(std::span<const float> logits, const sampling& how, std::uint32_t choice,
                        std::uint32_t index) {
  return sampler{}.choose(logits, how, choice, index);
}

std::array<int, 5> draw_many(const sampling& how, std::uint32_t count) {
  std::array<int, 5> seen{};
  for (std::uint32_t index = 0; index < count; ++index) {
    ++seen.at(*sample(row, how, 0, index));
  }
  return seen;
}

} // namespace

TEST_CASE("greedy takes the largest logit and of equals the lowest id") {
  CHECK(*sample(row, {.temperature = 0, .top_k = 3, .seed = 5}, 2, 9) == 1);
}

TEST_CASE("the draw depends on seed, choice and index and on nothing else") {
  CHECK(sampling_draw(1, 2, 3) == sampling_draw(1, 2, 3));
  std::set<double> draws;
  for (std::uint32_t seed = 0; seed < 10; ++seed) {
    for (std::uint32_t choice = 0; choice < 10; ++choice) {
      for (std::uint32_t index = 0; index < 10; ++index) {
        draws.insert(sampling_draw(seed, choice, index));
      }
    }
  }
  CHECK(draws.size() == 1000);
}

TEST_CASE("frequencies follow the softmax at the temperature") {
  constexpr std::uint32_t count = 40'000;
  const auto seen = draw_many({.temperature = 2.0F, .seed = 11}, count);

  double total = 0;
  for (const auto logit : row) {
    total += std::exp(logit / 2.0);
  }
  for (std::size_t id = 0; id < row.size(); ++id) {
    const auto expected = std::exp(row[id] / 2.0) / total * count;
    CHECK(std::abs(seen.at(id) - expected) < 5 * std::sqrt(expected));
  }
}

TEST_CASE("top_k keeps the k best, equals by id") {
  const auto one = draw_many({.top_k = 1, .seed = 1}, 500);
  CHECK(one == std::array{0, 500, 0, 0, 0});
  const auto three = draw_many({.temperature = 2.0F, .top_k = 3, .seed = 1}, 2000);
  CHECK(three[0] + three[4] == 0);
  CHECK(three[1] > 0);
  CHECK(three[2] > 0);
  CHECK(three[3] > 0);
}

TEST_CASE("top_p keeps the fewest that reach it, and at least one") {
  // Probabilities: .054 .397 .146 .397 .007.
  const auto tiny = draw_many({.top_p = 0.0001F, .seed = 1}, 500);
  CHECK(tiny == std::array{0, 500, 0, 0, 0});
  const auto two = draw_many({.top_p = 0.7F, .seed = 1}, 2000);
  CHECK(two[0] + two[2] + two[4] == 0);
  CHECK(two[3] > 0);
  const auto three = draw_many({.top_p = 0.9F, .seed = 1}, 2000);
  CHECK(three[2] > 0);
  CHECK(three[0] + three[4] == 0);
}

TEST_CASE("top_p applies to what top_k kept") {
  const auto seen = draw_many({.top_p = 0.45F, .top_k = 2, .seed = 1}, 500);

  CHECK(seen == std::array{0, 500, 0, 0, 0});
}

TEST_CASE("min_p keeps what is likely enough beside the best, at any temperature") {
  // Of the best: .135 1 .368 1 .018 at temperature 1; at 2: .368 1 .607 1 .135.
  const auto half = draw_many({.seed = 1, .min_p = 0.3F}, 2000);
  CHECK(half[0] + half[4] == 0);
  CHECK(half[1] > 0);
  CHECK(half[2] > 0);
  const auto hot = draw_many({.temperature = 2.0F, .seed = 1, .min_p = 0.3F}, 2000);
  CHECK(hot[0] > 0);
  CHECK(hot[4] == 0);
  const auto best = draw_many({.seed = 1, .min_p = 1.0F}, 2000);
  CHECK(best[0] + best[2] + best[4] == 0);
  CHECK(best[1] > 0);
  CHECK(best[3] > 0);
}

TEST_CASE("top_k and top_p apply to what min_p kept") {
  const auto one = draw_many({.top_p = 0.3F, .seed = 1, .min_p = 0.5F}, 500);
  CHECK(one == std::array{0, 500, 0, 0, 0});
  const auto two = draw_many({.top_k = 2, .seed = 1, .min_p = 0.3F}, 500);
  CHECK(two[0] + two[2] + two[4] == 0);
}

TEST_CASE("a sampler used for other rows in between chooses as a fresh one") {
  sampler used;
  const std::vector<float> other(1000, 0.5F);
  for (std::uint32_t index = 0; index < 200; ++index) {
    const sampling how{.top_p = 0.95F, .top_k = 4, .seed = 3};
    CHECK(used.choose(other, {.seed = 1}, 0, index));
    CHECK(*used.choose(row, how, 1, index) == *sample(row, how, 1, index));
  }
}

TEST_CASE("rules come before the draw and a row's log probabilities are the model's own") {
  const logit_rules rules{{}, {.bias = {}, .allowed = {4}, .banned = {}}, {}, {}, {}};
  step_row asked;
  asked.how = {.logprobs = true, .top_logprobs = 2};
  asked.rules = &rules;
  step_row silent;
  silent.how.temperature = 0;
  step_output out;
  sampler all;
  all.answer(silent, row, out);
  all.answer(asked, row, out);

  CHECK(out.tokens == token_list{1, 4});
  REQUIRE(out.logprobs.size() == 2);
  CHECK(out.logprobs[0].top.empty());
  CHECK(out.logprobs[1].logprob == doctest::Approx(-4.925).epsilon(0.001));
  REQUIRE(out.logprobs[1].top.size() == 2);
  CHECK(out.logprobs[1].top[0].token == 1);
}

TEST_CASE("logits that are not numbers are an error, minus infinity is never chosen") {
  constexpr auto inf = std::numeric_limits<float>::infinity();
  const std::vector<float> broken{0.0F, std::nanf(""), 1.0F};
  CHECK(sample(broken, {}, 0, 0).err().code == errc::internal);
  CHECK(sample(broken, {.temperature = 0}, 0, 0).err().code == errc::internal);
  CHECK(sample(std::vector{-inf, -inf}, {}, 0, 0).err().code == errc::internal);
  CHECK(sample(std::vector{1.0F, inf}, {}, 0, 0).err().code == errc::internal);
  for (std::uint32_t index = 0; index < 100; ++index) {
    CHECK(*sample(std::vector{-inf, 1.0F, -inf}, {.temperature = 2.0F}, 0, index) == 1);
  }
}

} // namespace troupe::engine::test
