// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/executor_around.hpp"
#include "engine/core/logprobs.hpp"
#include "engine/core/sim/sim_logits.hpp"
#include "test/unit/engine/engine_rig.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

using namespace troupe;
using namespace troupe::engine;
using namespace troupe::engine::test;

namespace {

const sim_vocabulary vocabulary{1000, {0, 5}};

sequence_spec scoring(std::uint64_t id, token_list prompt, std::uint32_t top = 2) {
  auto spec = make_spec(id, std::move(prompt), 3);
  spec.how.prompt_logprobs = true;
  spec.how.prompt_top_logprobs = top;
  return spec;
}

/// From the prompt alone.
std::vector<token_logprobs> expected_scores(const sequence_spec& spec) {
  std::vector<token_logprobs> out;
  std::vector<float> logits;
  auto history = sim_history(context_key(spec.namer));
  step_row row;
  row.how = spec.how;
  row.history = spec.prompt;
  for (std::uint32_t at = 0; at + 1 < spec.prompt.size(); ++at) {
    history = sim_history_next(history, spec.prompt[at]);
    fill_sim_logits(vocabulary, history, logits);
    row.first_position = at;
    row.score_to = 1;
    out.push_back(score_of(row, 0, logits));
  }
  return out;
}

host_options with_budget(std::uint32_t step_tokens, std::uint32_t blocks = 64) {
  auto options = small_host(blocks);
  options.step_tokens_max = step_tokens;
  return options;
}

} // namespace

TEST_CASE("a score is the log-softmax at the token that follows, with its rank") {
  const std::array<token_id, 3> history{4, 2, 0};
  step_row row;
  row.first_position = 1;
  row.tokens = std::span{history}.subspan(1, 1);
  row.history = history;
  row.score_to = 1;
  row.how.prompt_top_logprobs = 2;
  const std::array<float, 3> logits{std::log(2.0F), std::log(5.0F), std::log(3.0F)};
  const auto told = score_of(row, 0, logits);

  CHECK(told.logprob == doctest::Approx(std::log(0.2)));
  CHECK(told.rank == 3);
  REQUIRE(told.top.size() == 2);
  CHECK(told.top[0].token == 1);
  CHECK(told.top[1].token == 2);

  const std::array<float, 3> equal{1, 1, 1};
  CHECK(score_of(row, 0, equal).rank == 1); // Of equals the lowest id first.
  const std::array<float, 3> broken{1, std::numeric_limits<float>::quiet_NaN(), 1};
  CHECK(std::isnan(score_of(row, 0, broken).logprob));
}

TEST_CASE("scores are refused where an execution makes none, and nothing else is") {
  class without_scores final : public executor_around {
  public:
    explicit without_scores(std::unique_ptr<executor> inner)
        : executor_around(std::move(inner)), traits_(executor_around::traits()) {
      traits_.scores_prompts = false;
    }
    [[nodiscard]] const executor_traits& traits() const override { return traits_; }

  private:
    executor_traits traits_;
  };
  without_scores execution{std::make_unique<sim_executor>(sim_options{.vocabulary = vocabulary})};
  engine_loop loop{small_host(64), execution};
  listener heard;
  loop.accept(reserve{scoring(1, some_tokens(20, 1))});
  loop.accept(reserve{make_spec(2, some_tokens(20, 1), 3)});
  heard.hear(*loop.take_events());

  const auto& refused = heard.sequences[1].refused;
  REQUIRE(refused.has_value());
  CHECK(refused->code == errc::unsupported);
  CHECK(refused->field == "prompt_logprobs");
  CHECK(heard.sequences[2].reservation.has_value());
}

TEST_CASE("a prompt is scored in order and before its first token, whatever a step computes") {
  const auto spec = scoring(1, some_tokens(77, 1));
  const auto expected = expected_scores(spec);
  const auto answer = expected_answer(spec, vocabulary);
  for (const auto budget : {1U, 7U, 16U, 512U}) {
    loop_rig rig{with_budget(budget)};
    rig.begin(spec);
    rig.run();
    CHECK(rig.sequences[1].scores == expected);
    CHECK(rig.sequences[1].scores_in_order);
    CHECK(rig.sequences[1].tokens == answer);
  }
}

TEST_CASE("what a prefix index has of a prompt is computed all the same where it is scored") {
  loop_rig rig;
  const auto prompt = some_tokens(70, 1);
  rig.begin(make_spec(1, prompt, 3));
  rig.run();
  const auto spec = scoring(2, prompt);
  rig.begin(spec);
  rig.run();
  rig.begin(make_spec(3, prompt, 3));
  rig.run();

  CHECK(rig.sequences[2].scores == expected_scores(spec));
  CHECK(rig.sequences[2].end->cached_tokens == 0);
  CHECK(rig.sequences[2].end->computed_tokens == 70);
  CHECK(rig.sequences[3].end->cached_tokens == 64); // Its blocks are as good as others.
}

TEST_CASE("scores that are known are not told again, and blocks before them are taken") {
  loop_rig rig;
  const auto prompt = some_tokens(70, 1);
  rig.begin(make_spec(1, prompt, 3));
  rig.run();
  auto spec = scoring(2, prompt);
  const auto expected = expected_scores(spec);
  for (const auto known : {1U, 40U, 69U}) {
    spec.id = {10 + known};
    spec.scored = known;
    rig.begin(spec);
    rig.run();
    const auto& told = rig.sequences[10 + known];
    CHECK(told.scores == std::vector(expected.begin() + known, expected.end()));
    CHECK(told.scores_in_order);
    CHECK(told.end->cached_tokens == known / 16 * 16);
  }
  spec.id = {99};
  spec.scored = 70;
  rig.begin(spec);
  CHECK(rig.sequences[99].refused->field == "scored");
}

TEST_CASE("a preemption tells no score twice and none is lost") {
  auto options = with_budget(24, 12);
  loop_rig rig{options};
  auto spec = scoring(1, some_tokens(90, 1));
  spec.cls = work_class::batch;
  rig.begin(spec);
  for (int steps = 0; steps < 2; ++steps) {
    rig.step();
  }
  CHECK(rig.sequences[1].scores.size() == 48);
  rig.begin(make_spec(2, some_tokens(100, 2), 40)); // Needs the blocks of the batch class.
  rig.run();

  const auto& phases = rig.sequences[1].phases;
  CHECK(std::ranges::find(phases, sequence_phase::preempted) != phases.end());
  CHECK(rig.sequences[1].scores == expected_scores(spec));
  CHECK(rig.sequences[1].scores_in_order);
  CHECK(rig.sequences[1].tokens == expected_answer(spec, vocabulary));
  CHECK(rig.loop.is_idle());
}

TEST_CASE("of a prompt that is scored no block is imported") {
  loop_rig source;
  const auto prompt = some_tokens(70, 1);
  auto prefill = make_spec(1, prompt, 1);
  prefill.prefill_only = true;
  source.begin(prefill);
  source.run();
  REQUIRE(source.sequences[1].exports.size() == 4);

  loop_rig rig;
  const auto spec = scoring(2, prompt);
  rig.say(reserve{spec});
  CHECK(rig.sequences[2].reservation->prompt_blocks == 0);
  const auto& block = source.sequences[1].exports.front();
  rig.say(import_block{{2}, block.index, block.name, block.layout, block.checksum, block.data});
  rig.say(start{{2}});
  rig.run();

  REQUIRE(rig.sequences[2].imports.size() == 1);
  CHECK_FALSE(rig.sequences[2].imports[0].ok);
  CHECK(rig.sequences[2].scores == expected_scores(spec));
}

TEST_CASE("a prompt of one token has nothing to score") {
  loop_rig rig;
  rig.begin(scoring(1, some_tokens(1, 1)));
  rig.run();

  CHECK(rig.sequences[1].scores.empty());
  CHECK(rig.sequences[1].tokens.size() == 3);
}
