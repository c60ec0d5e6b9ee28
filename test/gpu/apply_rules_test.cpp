// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/apply_rules.hpp"

#include "cuda/core/rule_batch.hpp"
#include "cuda/decoder/answering.hpp"
#include "cuda/device/graph.hpp"
#include "engine/core/executor.hpp"
#include "engine/core/logit_rules.hpp"
#include "engine/core/sampler.hpp"
#include "test/conformance/support/numbers.hpp"
#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

#include <deque>

using namespace troupe;

namespace {

constexpr std::uint32_t vocab = 1500;

token_list drawn_tokens(std::size_t count, std::uint32_t below, rng& random) {
  token_list all(count);
  for (auto& one : all) {
    one = static_cast<token_id>(random.below(below));
  }
  return all;
}

/// Each part of the rules in half of them, with tokens that several parts name.
engine::logit_rules drawn_rules(rng& random) {
  const auto half = [&] {
    return random.below(2) == 0;
  };
  sampling how;
  how.repetition_penalty = half() ? 1.0F : 1.3F;
  how.frequency_penalty = half() ? 0.0F : 0.7F;
  how.presence_penalty = half() ? 0.0F : -0.4F;
  how.min_tokens = half() ? 0 : 4;
  token_rules rules;
  if (half()) {
    rules.allowed = drawn_tokens(700, vocab, random);
  }
  if (half()) {
    rules.banned = drawn_tokens(40, vocab, random);
  }
  if (half()) {
    for (const auto token : drawn_tokens(600, 300, random)) { // Most tokens twice.
      rules.bias.push_back({token, static_cast<float>(random.uniform()) * 20 - 10});
    }
  }
  return {how, rules, token_list{3, vocab + 7, 9}, drawn_tokens(900, vocab, random),
          drawn_tokens(50, 60, random)};
}

template <class T>
std::vector<T> some(const std::vector<T>& of, std::size_t first, std::size_t end) {
  return {of.begin() + static_cast<std::ptrdiff_t>(first),
          of.begin() + static_cast<std::ptrdiff_t>(end)};
}

/// [rows of the batch, vocab], pass by pass.
std::vector<float> ruled_there(const std::vector<float>& logits, const cuda::rule_batch& batch) {
  const test::device_array<float> logits_there(logits);
  std::vector<float> all;
  for (const auto& pass : batch.passes) {
    const test::device_array<cuda::ops::rule_row> rows(some(batch.rows, pass.rows, pass.rows_end));
    const test::device_array<std::uint32_t> tokens(
        some(batch.tokens, pass.tokens, pass.tokens_end));
    const test::device_array<cuda::ops::token_edit> edits(
        some(batch.edits, pass.edits, pass.edits_end));
    const auto count = pass.rows_end - pass.rows;
    const test::device_array<float> out(count * vocab);
    REQUIRE(cuda::ops::apply_rules({.logits = logits_there.data(),
                                    .count = static_cast<std::int32_t>(count),
                                    .vocab = vocab,
                                    .rows = rows.data(),
                                    .tokens = tokens.data(),
                                    .edits = edits.data(),
                                    .out = out.data()},
                                   nullptr)
            == cuda::success);
    const auto made = out.read();
    all.insert(all.end(), made.begin(), made.end());
  }
  return all;
}

} // namespace

TEST_CASE("apply_rules has the bits of the CPU's rules, of the rows that have any") {
  if (test::lacks_device()) {
    return;
  }
  rng random{1};
  constexpr std::size_t rows = 40;
  auto logits = test::normals(rows * vocab, 4, random);
  logits[5] = -0.0F;
  std::deque<engine::logit_rules> rules;
  std::vector<engine::step_row> plan;
  std::size_t wanted = 0;
  for (std::size_t r = 0; r < rows + 8; ++r) {
    engine::step_row row;
    row.wants_token = r % 6 != 5;
    row.index = static_cast<std::uint32_t>(r % 8);
    if (r % 3 != 0) {
      row.rules = &rules.emplace_back(drawn_rules(random));
    }
    wanted += row.wants_token ? 1 : 0;
    plan.push_back(row);
  }
  REQUIRE(wanted == rows);
  constexpr cuda::rule_room all_at_once{std::size_t{1} << 20U, std::size_t{1} << 20U};
  for (const auto& room : {all_at_once, cuda::rule_room{3000, 2000}, cuda::rule_room{}}) {
    const auto batch = cuda::rules_of(plan, vocab, room);
    REQUIRE(batch.places.size() == rows);
    REQUIRE(batch.rows.size() > rows / 2);
    const auto passes = batch.passes.size();
    CHECK(passes <= batch.rows.size());
    CHECK((passes == 1) == (room.tokens == all_at_once.tokens));
    const auto got = ruled_there(logits, batch);
    std::size_t at = 0;
    std::size_t ruled = 0;
    for (const auto& row : plan) {
      if (!row.wants_token) {
        continue;
      }
      CHECK((batch.places[at] >= 0) == (row.rules != nullptr));
      if (row.rules != nullptr) {
        std::vector<float> expected(vocab);
        row.rules->apply(std::span{logits}.subspan(at * vocab, vocab), row.index, expected);
        const auto begin =
            got.begin() + static_cast<std::ptrdiff_t>(batch.places[at]) * std::ptrdiff_t{vocab};
        CHECK(test::same_bits({begin, begin + vocab}, expected));
        ++ruled;
      }
      ++at;
    }
    CHECK(ruled == batch.rows.size());
  }
}

TEST_CASE("a step whose rules do not come at once draws what the CPU does") {
  if (test::lacks_device()) {
    return;
  }
  rng random{2};
  constexpr std::size_t rows = 12;
  const auto logits = test::normals(rows * vocab, 4, random);
  std::deque<engine::logit_rules> rules;
  std::vector<engine::step_row> plan(rows);
  engine::step_output expected;
  engine::sampler sampler;
  for (std::size_t r = 0; r < rows; ++r) {
    plan[r].wants_token = true;
    plan[r].index = static_cast<std::uint32_t>(r);
    plan[r].rules = r % 5 == 4 ? nullptr : &rules.emplace_back(drawn_rules(random));
    sampler.answer(plan[r], std::span{logits}.subspan(r * vocab, vocab), expected);
  }
  REQUIRE(cuda::rules_of(plan, vocab, cuda::room_for_a_row(vocab)).passes.size() > 2);
  cuda::answering answering;
  REQUIRE(answering.reserve(rows, vocab) == cuda::success);
  const test::device_array<float> logits_there(logits);
  cuda::owned_stream on;
  REQUIRE(on.make() == cuda::success);
  for (int step = 0; step < 2; ++step) {
    cuda::transfers through;
    REQUIRE(answering.begin(plan, vocab, through, on.get()) == cuda::success);
    REQUIRE(answering.run(logits_there.data(), through, on.get()) == cuda::success);
    REQUIRE(on.wait() == cuda::success);
    engine::step_output out;
    answering.finish(out);
    CHECK(out.tokens == expected.tokens);
  }
}
