// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/logit_rules.hpp"

#include "engine/core/sampler.hpp"
#include "runtime/base/rng.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace troupe::engine::test {

namespace {

constexpr auto nothing = -std::numeric_limits<float>::infinity();
const std::vector<float> row{1.0F, 4.0F, -2.0F, 3.0F, 0.0F};

std::vector<float> applied(const logit_rules& rules, std::uint32_t index = 0) {
  std::vector<float> out(row.size());
  rules.apply(row, index, out);
  return out;
}

logit_rules rules_of(const sampling& how, token_rules rules = {}, const token_list& prompt = {},
                     const token_list& answer = {}, const token_list& stop = {}) {
  return {how, std::move(rules), stop, prompt, answer};
}

/// The field that a complaint names; empty: none.
std::string wrong_field(const sampling& how, const token_rules& rules = {},
                        const token_list& stop = {}) {
  const auto why = check_sampling(how, rules, stop, 10, 5);
  return why ? why->field : "";
}

} // namespace

TEST_CASE("only allowed tokens are left and banned ones never") {
  CHECK(applied(rules_of({}, {.bias = {}, .allowed = {3, 0, 3}, .banned = {}}))
        == std::vector{1.0F, nothing, nothing, 3.0F, nothing});
  CHECK(applied(rules_of({}, {.bias = {}, .allowed = {}, .banned = {1}}))
        == std::vector{1.0F, nothing, -2.0F, 3.0F, 0.0F});
  CHECK(applied(rules_of({}, {.bias = {}, .allowed = {3, 0}, .banned = {3}}))
        == std::vector{1.0F, nothing, nothing, nothing, nothing});
}

TEST_CASE("biases add up and do not bring back what is banned") {
  CHECK(applied(rules_of({}, {.bias = {{0, 5}, {0, -1}, {1, 100}}, .allowed = {}, .banned = {1}}))
        == std::vector{5.0F, nothing, -2.0F, 3.0F, 0.0F});
}

TEST_CASE("stop tokens are out until min_tokens are there") {
  const auto rules = rules_of({.min_tokens = 2}, {}, {}, {}, {1, 3, 0xFFFF'FFFF});
  for (std::uint32_t index = 0; index < 2; ++index) {
    CHECK(applied(rules, index) == std::vector{1.0F, nothing, -2.0F, nothing, 0.0F});
  }
  CHECK(applied(rules, 2) == row);
}

TEST_CASE("the repetition penalty takes tokens of prompt and answer, once, by sign") {
  CHECK(applied(rules_of({.repetition_penalty = 2}, {}, {1, 1, 2}, {3, 3}))
        == std::vector{1.0F, 2.0F, -4.0F, 1.5F, 0.0F});
}

TEST_CASE("presence and frequency penalties take the answer only") {
  CHECK(applied(rules_of({.presence_penalty = 0.5F, .frequency_penalty = 0.25F}, {}, {0, 4},
                         {1, 1, 1, 2}))
        == std::vector{1.0F, 2.75F, -2.75F, 3.0F, 0.0F});
  CHECK(applied(rules_of({.presence_penalty = -1}, {}, {}, {1, 1}))[1] == 5);
}

TEST_CASE("the steps come in their documented order") {
  // Bias first: 4 + 2 = 6; then divided: 3; then 2 x 0.5 and 0.25 off.
  CHECK(applied(rules_of(
            {.repetition_penalty = 2, .presence_penalty = 0.25F, .frequency_penalty = 0.5F},
            {.bias = {{1, 2}}, .allowed = {}, .banned = {}}, {}, {1, 1}))[1]
        == 1.75F);
}

TEST_CASE("rules rebuilt from what was delivered change the same bits as those that grew") {
  rng draws{5};
  constexpr std::uint32_t vocabulary = 400;
  const sampling how{.seed = 8,
                     .repetition_penalty = 1.3F,
                     .presence_penalty = 0.7F,
                     .frequency_penalty = 0.1F,
                     .min_tokens = 20};
  const token_rules rules{.bias = {{3, 1.5F}}, .allowed = {}, .banned = {7}};
  const token_list stop{9};
  const token_list prompt{1, 2, 3, 4, 4, 4};
  logit_rules grown{how, rules, stop, prompt, {}};
  token_list answer;
  sampler all;
  std::vector<float> logits(vocabulary);
  std::vector<float> one(vocabulary);
  std::vector<float> other(vocabulary);
  for (std::uint32_t index = 0; index < 200; ++index) {
    for (auto& logit : logits) {
      logit = static_cast<float>(draws.uniform()) * 8;
    }
    const logit_rules rebuilt{how, rules, stop, prompt, answer};
    grown.apply(logits, index, one);
    rebuilt.apply(logits, index, other);
    REQUIRE(one == other);
    const auto token = *all.choose(logits, how, 0, index, &grown);
    CHECK(token == *sampler{}.choose(logits, how, 0, index, &rebuilt));
    CHECK(token != 7);
    answer.push_back(token);
    grown.add_answer(token);
  }
}

TEST_CASE("rules are needed where something changes a logit") {
  CHECK_FALSE(logit_rules::are_needed({.temperature = 0.5F, .top_k = 3, .min_p = 0.1F}, {}));
  CHECK(logit_rules::are_needed({.repetition_penalty = 1.1F}, {}));
  CHECK(logit_rules::are_needed({.presence_penalty = -1}, {}));
  CHECK(logit_rules::are_needed({.frequency_penalty = 1}, {}));
  CHECK(logit_rules::are_needed({.min_tokens = 1}, {}));
  CHECK(logit_rules::are_needed({}, {.bias = {{1, 1}}, .allowed = {}, .banned = {}}));
}

TEST_CASE("what cannot be sampled from is refused by the name of its field") {
  const auto nan = std::nanf("");
  CHECK(wrong_field({}).empty());
  CHECK(wrong_field({.min_p = 1.5F}) == "min_p");
  CHECK(wrong_field({.min_p = nan}) == "min_p");
  CHECK(wrong_field({.repetition_penalty = 0}) == "repetition_penalty");
  CHECK(wrong_field({.repetition_penalty = nan}) == "repetition_penalty");
  CHECK(wrong_field({.presence_penalty = 2.1F}) == "presence_penalty");
  CHECK(wrong_field({.frequency_penalty = -2.1F}) == "frequency_penalty");
  CHECK(wrong_field({.min_tokens = 11}) == "min_tokens");
  CHECK(wrong_field({.logprobs = true, .top_logprobs = 21}) == "top_logprobs");
  CHECK(wrong_field({.top_logprobs = 1}) == "top_logprobs");
  CHECK(wrong_field({}, {.bias = {{5, 1}}, .allowed = {}, .banned = {}}) == "logit_bias");
  CHECK(wrong_field({}, {.bias = {{1, 101}}, .allowed = {}, .banned = {}}) == "logit_bias");
  CHECK(wrong_field({}, {.bias = {{1, nan}}, .allowed = {}, .banned = {}}) == "logit_bias");
  CHECK(wrong_field({}, {.bias = {}, .allowed = {5}, .banned = {}}) == "allowed_token_ids");
  CHECK(wrong_field({}, {.bias = {}, .allowed = {}, .banned = {5}}) == "banned_token_ids");
}

TEST_CASE("rules that leave no token are refused, those that leave one are not") {
  CHECK(wrong_field({}, {.bias = {}, .allowed = {1, 2}, .banned = {2, 1}}) == "allowed_token_ids");
  CHECK(wrong_field({}, {.bias = {}, .allowed = {}, .banned = {0, 1, 2, 3, 4}})
        == "banned_token_ids");
  CHECK(wrong_field({}, {.bias = {}, .allowed = {}, .banned = {0, 1, 2, 3, 3}}).empty());
  CHECK(wrong_field({.min_tokens = 1}, {.bias = {}, .allowed = {1}, .banned = {}}, {1})
        == "min_tokens");
  CHECK(wrong_field({.min_tokens = 1}, {.bias = {}, .allowed = {1, 2}, .banned = {}}, {1}).empty());
  CHECK(wrong_field({}, {.bias = {}, .allowed = {1}, .banned = {}}, {1}).empty());
}

} // namespace troupe::engine::test
