// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/decoder/device_executor.hpp"
#include "engine/core/logit_rules.hpp"
#include "test/conformance/support/step_runner.hpp"
#include "test/gpu/support/small_model.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace troupe;

namespace {

/// An execution over the small model, with the memory of its weights.
struct small_engine {
  small_engine() {
    cuda::status why = cuda::success;
    cuda::device_model model{.ranks = {},
                             .add_up = nullptr,
                             .content = {},
                             .context_tokens_max = test::positions,
                             .step_rows_max = 64,
                             .step_sequences_max = 8};
    model.ranks.push_back({.shape = test::small_shape(),
                           .weights = weights.all(),
                           .memory = {},
                           .multiply = cuda::make_own_product()});
    execution = cuda::make_device_executor(std::move(model), why);
    REQUIRE(why == cuda::success);
    execution->allocate_pool(24);
  }

  test::small_weights weights;
  std::unique_ptr<engine::executor> execution;
};

test::runner_sequence sequence_of(std::size_t length, token_id seed, engine::slot_id first_slot) {
  test::runner_sequence made{token_list(length), test::slots_from(first_slot, test::positions), 0};
  for (std::size_t i = 0; i < length; ++i) {
    made.tokens[i] = static_cast<token_id>((seed + 13 * i * i) % 96);
  }
  return made;
}

/// All of each sequence that is not computed yet, in one step, that of several begun by itself;
/// tokens are added.
void advance(engine::executor& execution, std::vector<test::runner_sequence*> all,
             const sampling& how = {.temperature = 0}) {
  engine::step_plan plan;
  for (auto* s : all) {
    auto row = test::row_of(*s, static_cast<std::uint32_t>(s->tokens.size()) - s->computed);
    row.how = how;
    row.index = static_cast<std::uint32_t>(s->tokens.size());
    plan.rows.push_back(row);
  }
  engine::step_output out;
  if (all.size() > 1) {
    execution.begin(plan);
  }
  execution.execute(plan, out);
  REQUIRE(out.tokens.size() == all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i]->computed = static_cast<std::uint32_t>(all[i]->tokens.size());
    all[i]->tokens.push_back(out.tokens[i]);
  }
}

} // namespace

TEST_CASE("a device's execution answers alone and in padded batches with the same tokens") {
  if (test::lacks_device()) {
    return;
  }
  small_engine e;
  const sampling how{.temperature = 0.8F, .top_k = 20, .seed = 5};
  auto alone = sequence_of(20, 3, 0);
  auto first = sequence_of(20, 3, 3);
  auto second = sequence_of(9, 7, 6);
  auto third = sequence_of(30, 1, 9);
  for (auto* s : {&alone, &first, &second, &third}) {
    advance(*e.execution, {s}, how);
  }
  for (int step = 0; step < 6; ++step) {
    advance(*e.execution, {&alone}, how);
    advance(*e.execution, {&second, &first, &third}, how); // A graph of four.
  }
  CHECK(first.tokens == alone.tokens);
  CHECK(std::ranges::all_of(third.tokens, [](token_id token) { return token < 96; }));
}

TEST_CASE("blocks that a device wrote go on in another slot and execution") {
  if (test::lacks_device()) {
    return;
  }
  small_engine from;
  small_engine to;
  auto stays = sequence_of(25, 3, 0);
  advance(*from.execution, {&stays});
  auto moves = stays;
  moves.blocks = test::slots_from(12, test::positions);
  std::vector<std::byte> data(from.execution->traits().block_bytes);
  for (std::size_t i = 0; i < stays.blocks.size(); ++i) {
    from.execution->read_page(stays.blocks[i], data);
    to.execution->write_page(moves.blocks[i], data);
  }
  for (int step = 0; step < 4; ++step) {
    advance(*from.execution, {&stays});
    advance(*to.execution, {&moves});
  }
  CHECK(moves.tokens == stays.tokens);
}

TEST_CASE("pages that a step makes whole are copied by it, those of a chunk before, too") {
  if (test::lacks_device()) {
    return;
  }
  small_engine e;
  CHECK(test::copies_whole_pages(*e.execution, {3, 50, 7, 11, 90}));
}

TEST_CASE("staging memory outlives its execution and is used again") {
  if (test::lacks_device()) {
    return;
  }
  std::shared_ptr<std::pmr::memory_resource> memory;
  void* kept = nullptr;
  {
    small_engine e;
    memory = e.execution->staging_memory();
    kept = memory->allocate(1000, 64);
  }
  memory->deallocate(kept, 1000, 64);
  CHECK(memory->allocate(1000, 64) == kept);
  memory->deallocate(kept, 1000, 64);
}

TEST_CASE("each row has its own rules and log probabilities, these of the model's own logits") {
  if (test::lacks_device()) {
    return;
  }
  small_engine e;
  auto free = sequence_of(12, 3, 0);
  auto bound = sequence_of(12, 3, 3);
  advance(*e.execution, {&free});
  const sampling how{.temperature = 0, .logprobs = true, .top_logprobs = 2};
  const engine::logit_rules rules(how, {.banned = {free.tokens.back()}}, {}, bound.tokens, {});
  auto plain = sequence_of(12, 3, 6);
  auto started = sequence_of(12, 3, 9);
  auto told = sequence_of(12, 3, 12);
  engine::step_plan plan;
  plan.rows = {test::row_of(plain, 12), test::row_of(started, 5), test::row_of(bound, 12),
               test::row_of(told, 12)};
  plan.rows[2].how = how;
  plan.rows[2].rules = &rules;
  plan.rows[3].how = how;
  plan.rows[3].how.top_logprobs = 0;
  engine::step_output out;
  e.execution->execute(plan, out);

  const auto likeliest = free.tokens.back();
  REQUIRE(out.tokens.size() == 3); // None of what only started.
  CHECK(out.tokens[0] == likeliest);
  CHECK(out.tokens[1] != likeliest);
  CHECK(out.tokens[2] == likeliest);
  REQUIRE(out.logprobs.size() == 3);
  CHECK(out.logprobs[0].top.empty());
  REQUIRE(out.logprobs[1].top.size() == 2);
  CHECK(out.logprobs[1].top[0].token == likeliest);
  CHECK(out.logprobs[1].top[1].token == out.tokens[1]);
  CHECK(out.logprobs[1].logprob == out.logprobs[1].top[1].logprob);
  CHECK(out.logprobs[2].logprob == out.logprobs[1].top[0].logprob);
  CHECK(out.logprobs[2].top.empty());
}

TEST_CASE("a step that wants no token computes, and one without rows does nothing") {
  if (test::lacks_device()) {
    return;
  }
  small_engine e;
  engine::step_output out;
  e.execution->execute({}, out);
  CHECK(out.tokens.empty());
  auto parts = sequence_of(30, 3, 0);
  auto whole = sequence_of(30, 3, 3);
  engine::step_plan plan;
  plan.rows.push_back(test::row_of(parts, 16));
  e.execution->execute(plan, out);
  CHECK(out.tokens.empty());
  parts.computed = 16;
  advance(*e.execution, {&parts});
  advance(*e.execution, {&whole});
  CHECK(parts.tokens == whole.tokens);
}

TEST_CASE("blocks of a device are no blocks of the CPU's or of another shape") {
  const engine::ops::kv_layout one{.layers = 2, .kv_heads = 2, .head_dim = 64, .block_size = 16};
  auto other = one;
  other.kv_heads = 4;
  other.head_dim = 32;
  CHECK(cuda::device_layout_id(one) == cuda::device_layout_id(one));
  CHECK(cuda::device_layout_id(one) != cuda::device_layout_id(other));
  CHECK(cuda::device_layout_id(one)
        != cuda::device_layout_id(one, {}, 1, false, cuda::ops::kv_element::fp8));
}
