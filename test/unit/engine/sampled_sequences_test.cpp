// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sim/sim_logits.hpp"
#include "test/unit/engine/engine_rig.hpp"

#include <doctest/doctest.h>

#include <algorithm>

/// Sequences with penalties, rules and log probabilities in an engine_loop over the simulation.
namespace troupe::engine::test {

namespace {

sequence_spec with_rules(std::uint64_t id, std::uint32_t prompt_tokens, std::uint32_t max_tokens) {
  auto spec = make_spec(id, some_tokens(prompt_tokens, id), max_tokens);
  spec.how.repetition_penalty = 1.4F;
  spec.how.presence_penalty = 0.5F;
  spec.how.frequency_penalty = 0.3F;
  spec.how.min_p = 0.001F;
  spec.how.min_tokens = 10;
  spec.rules = {.bias = {{11, 12}, {12, 12}, {13, 12}}, .allowed = {}, .banned = {14}};
  spec.stop_tokens = {11};
  return spec;
}

/// All that the spec's answer is made of, by the pure functions; without the stop token.
token_list oracle(const sequence_spec& spec) {
  auto history = sim_history_of(context_key(spec.namer), spec.prompt);
  token_list answer;
  while (answer.size() < spec.max_tokens) {
    const auto token = sim_sampled_token(small_sim().vocabulary, history, spec.how, spec.rules,
                                         spec.stop_tokens, spec.choice, spec.prompt, answer);
    if (std::ranges::count(spec.stop_tokens, token) > 0) {
      return answer;
    }
    answer.push_back(token);
    history = sim_history_next(history, token);
  }
  return answer;
}

} // namespace

TEST_CASE("penalties, biases and min_tokens shape the answer that the oracle says") {
  const auto spec = with_rules(1, 20, 60);
  loop_rig rig;
  rig.begin(spec);
  rig.run();
  const auto& got = rig.sequences[1].tokens;

  CHECK(got == oracle(spec));
  CHECK(got.size() >= 10);
  CHECK(std::ranges::count(got, token_id{14}) == 0);
  auto plain = spec;
  plain.how.repetition_penalty = 1;
  plain.how.presence_penalty = plain.how.frequency_penalty = 0;
  CHECK(oracle(plain) != got);
}

TEST_CASE("an answer that is continued elsewhere, wherever it was cut, goes on the same") {
  const auto spec = with_rules(1, 20, 60);
  const auto whole = oracle(spec);
  REQUIRE(whole.size() > 3);
  for (std::size_t cut = 1; cut < whole.size(); cut += 3) {
    auto rest = spec;
    rest.delivered.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
    loop_rig rig;
    rig.begin(rest);
    rig.run();

    auto joined = rest.delivered;
    const auto& made = rig.sequences[1].tokens;
    joined.insert(joined.end(), made.begin(), made.end());
    CHECK(joined == whole);
  }
}

TEST_CASE("preempted sequences with penalties lose nothing") {
  loop_rig rig{small_host(8)};
  std::vector<sequence_spec> specs;
  for (std::uint64_t id = 1; id <= 3; ++id) {
    auto spec = with_rules(id, 20, 60);
    spec.stop_tokens.clear();
    specs.push_back(spec);
    rig.begin(std::move(spec));
  }
  rig.run();

  bool was_preempted = false;
  for (const auto& spec : specs) {
    auto& told = rig.sequences[spec.id.value];
    was_preempted = was_preempted || std::ranges::count(told.phases, sequence_phase::preempted) > 0;
    CHECK(told.tokens == oracle(spec));
  }
  CHECK(was_preempted);
}

TEST_CASE("log probabilities come with the tokens of the sequence that asks for them") {
  auto asks = make_spec(1, some_tokens(20, 1), 12);
  asks.how.logprobs = true;
  asks.how.top_logprobs = 3;
  loop_rig rig;
  rig.begin(asks);
  rig.begin(make_spec(2, some_tokens(20, 2), 12));
  rig.run();

  CHECK(rig.sequences[1].logprobs.size() == 12);
  CHECK(rig.sequences[2].tokens.size() == 12);
  CHECK(rig.sequences[2].logprobs.empty());
  for (const auto& each : rig.sequences[1].logprobs) {
    CHECK(each.top.size() == 3);
    CHECK(each.logprob <= each.top[0].logprob);
  }
}

TEST_CASE("what cannot be sampled from is refused before it takes blocks") {
  auto spec = with_rules(1, 20, 60);
  spec.rules.allowed = {1000};
  loop_rig rig;
  rig.begin(spec);

  REQUIRE(rig.sequences[1].refused);
  CHECK(rig.sequences[1].refused->code == errc::invalid_value);
  CHECK(rig.sequences[1].refused->field == "allowed_token_ids");
  CHECK(rig.loop.is_idle());
}

} // namespace troupe::engine::test
