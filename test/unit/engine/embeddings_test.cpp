// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/executor_around.hpp"
#include "engine/core/sim/sim_embedding.hpp"
#include "test/unit/engine/engine_rig.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

using namespace troupe;
using namespace troupe::engine;
using namespace troupe::engine::test;

namespace {

sequence_spec embedding(std::uint64_t id, token_list prompt, pooling_kind pooling) {
  auto spec = make_spec(id, std::move(prompt), 0);
  spec.credit_up_to = 0;
  spec.pooling = pooling;
  return spec;
}

std::vector<float> expected(const sequence_spec& spec) {
  return sim_embedding(context_key(spec.namer), spec.prompt, spec.pooling,
                       small_sim().embedding_size);
}

host_options with_budget(std::uint32_t step_tokens, std::uint32_t blocks = 64) {
  auto options = small_host(blocks);
  options.step_tokens_max = step_tokens;
  return options;
}

} // namespace

TEST_CASE("a prompt is pooled to the same numbers whatever a step computes, and ends once") {
  for (const auto pooling : {pooling_kind::mean, pooling_kind::last}) {
    for (const auto budget : {1U, 7U, 16U, 512U}) {
      for (const auto length : {1U, 16U, 77U}) {
        CAPTURE(budget);
        CAPTURE(length);
        loop_rig rig{with_budget(budget)};
        const auto spec = embedding(1, some_tokens(length, 1), pooling);
        rig.begin(spec);
        rig.run();
        const auto& told = rig.sequences[1];
        REQUIRE(told.embeddings.size() == 1);
        CHECK(told.embeddings[0] == expected(spec));
        CHECK(told.tokens.empty());
        CHECK(told.ends == 1);
        CHECK(told.end->end == end_kind::length);
        CHECK(told.end->computed_tokens == length);
        CHECK(told.end->cached_tokens == 0);
        CHECK(rig.loop.is_idle());
      }
    }
  }
}

TEST_CASE("an embedding takes no block from the prefix index and leaves none there") {
  loop_rig rig;
  const auto prompt = some_tokens(70, 1);
  rig.begin(embedding(1, prompt, pooling_kind::mean));
  rig.run();
  CHECK(rig.log.empty());
  const auto answer = make_spec(2, prompt, 3);
  rig.begin(answer);
  rig.run();
  CHECK(rig.sequences[2].end->cached_tokens == 0);
  const auto log = rig.log.size();

  const auto spec = embedding(3, prompt, pooling_kind::last);
  rig.begin(spec);
  rig.run();
  rig.begin(make_spec(4, prompt, 3));
  rig.run();
  CHECK(rig.sequences[3].embeddings[0] == expected(spec));
  CHECK(rig.sequences[3].end->cached_tokens == 0);
  CHECK(rig.log.size() == log);
  CHECK(rig.sequences[4].end->cached_tokens == 64); // What was there is there still.
  CHECK(rig.sequences[4].tokens == expected_answer(answer, small_sim().vocabulary));
}

TEST_CASE("embeddings and answers of one prompt run in common steps") {
  loop_rig rig{with_budget(24)};
  const auto prompt = some_tokens(70, 1);
  const auto mean = embedding(1, prompt, pooling_kind::mean);
  const auto last = embedding(3, prompt, pooling_kind::last);
  const auto answer = make_spec(2, prompt, 5);
  rig.begin(mean);
  rig.begin(answer);
  rig.begin(last, 1); // In steps of its own.
  rig.run();
  CHECK(rig.sequences[1].embeddings[0] == expected(mean));
  CHECK(rig.sequences[3].embeddings[0] == expected(last));
  CHECK(rig.sequences[2].tokens == expected_answer(answer, small_sim().vocabulary));
  CHECK(rig.loop.is_idle());
}

TEST_CASE("after a preemption the sum begins anew") {
  loop_rig rig{with_budget(24, 12)};
  auto spec = embedding(1, some_tokens(90, 1), pooling_kind::mean);
  spec.cls = work_class::batch;
  rig.begin(spec);
  rig.step();
  rig.step();
  rig.begin(make_spec(2, some_tokens(100, 2), 40)); // Needs the blocks of the batch class.
  rig.run();

  const auto& phases = rig.sequences[1].phases;
  CHECK(std::ranges::find(phases, sequence_phase::preempted) != phases.end());
  REQUIRE(rig.sequences[1].embeddings.size() == 1);
  CHECK(rig.sequences[1].embeddings[0] == expected(spec));
  CHECK(rig.loop.is_idle());
}

TEST_CASE("a cancelled embedding tells nothing and gives its blocks back") {
  loop_rig rig{with_budget(24)};
  rig.begin(embedding(1, some_tokens(90, 1), pooling_kind::mean));
  rig.step();
  rig.say(cancel{{1}});
  rig.run();
  CHECK(rig.sequences[1].embeddings.empty());
  CHECK(rig.sequences[1].end->end == end_kind::cancelled);
  CHECK(rig.loop.is_idle());
}

TEST_CASE("an embedding may fill the context, and takes no more blocks than its prompt has") {
  loop_rig rig{with_budget(512, 256)};
  const auto spec = embedding(1, some_tokens(4096, 1), pooling_kind::last);
  rig.begin(spec);
  CHECK(rig.loop.pool().count(slot_state::owned) == 256);
  rig.run();
  CHECK(rig.sequences[1].embeddings[0] == expected(spec));
  rig.begin(embedding(2, some_tokens(4097, 1), pooling_kind::last));
  CHECK(rig.sequences[2].refused->field == "max_tokens");
}

TEST_CASE("an embedding with an answer is refused, and any where there are no hidden states") {
  loop_rig rig;
  auto spec = embedding(1, some_tokens(10, 1), pooling_kind::last);
  spec.delivered = {1};
  rig.begin(spec);
  CHECK(rig.sequences[1].refused->field == "pooling");

  auto sim = small_sim();
  sim.embedding_size = 0;
  loop_rig other{small_host(64), {}, sim};
  other.begin(embedding(1, some_tokens(10, 1), pooling_kind::last));
  CHECK(other.sequences[1].refused->code == errc::unsupported);
}

namespace {

/// Its hidden states are no numbers.
class broken_executor final : public executor_around {
public:
  using executor_around::executor_around;
  void execute(const step_plan& plan, step_output& out) override {
    executor_around::execute(plan, out);
    for (const auto& row : plan.rows) {
      std::ranges::fill(row.pooled, std::nan(""));
    }
  }
};

} // namespace

TEST_CASE("what is no number ends as failed") {
  broken_executor exec{std::make_unique<sim_executor>(small_sim())};
  engine_loop loop{small_host(64), exec};
  listener heard;
  loop.accept(reserve{embedding(1, some_tokens(10, 1), pooling_kind::mean)});
  loop.accept(start{{1}});
  step_output out;
  exec.execute(*loop.next_step(), out);
  loop.finish_step(out, out.cost);
  heard.hear(*loop.take_events());
  CHECK(heard.sequences[1].embeddings.empty());
  CHECK(heard.sequences[1].end->end == end_kind::failed);
  CHECK(heard.sequences[1].end->why.code == errc::internal);
}
