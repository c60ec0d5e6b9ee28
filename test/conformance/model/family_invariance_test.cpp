// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/conformance/support/family_run.hpp"
#include "test/conformance/support/numbers.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using test::family_model;
using test::family_run;
using test::row_of;
using test::runner_sequence;
using test::same_bits;

namespace {

token_list first_of(const token_list& tokens, std::size_t count) {
  return {tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(count)};
}

/// As many tokens, each another one.
token_list others(const token_list& tokens, token_id by) {
  auto out = tokens;
  for (auto& token : out) {
    token = (token + by) % 200;
  }
  return out;
}

} // namespace

TEST_CASE("every family has the same bits in chunks of 1, 7, 16 and all, on 1, 2 and 8 threads") {
  test::for_invariant_models([](const family_model& model) {
    const auto all = static_cast<std::uint32_t>(model.tokens.size());
    family_run whole{model};
    const auto expected = whole.fill(model.tokens, all);
    for (const std::uint32_t threads : {1U, 2U, 8U}) {
      for (const std::uint32_t chunk : {1U, 7U, 16U, all}) {
        CAPTURE(threads);
        CAPTURE(chunk);
        family_run other{model, threads};
        CHECK(same_bits(other.fill(model.tokens, chunk), expected));
        CHECK(same_bits(other.pool, whole.pool));
      }
    }
  });
}

TEST_CASE("every family has the same bits in blocks of 16 and of 32 tokens") {
  test::for_invariant_models([](const family_model& model) {
    const auto expected = family_run{model}.fill(model.tokens, 16);
    for (const std::uint32_t chunk : {1U, 7U, 72U}) {
      CHECK(same_bits(family_run{model, 1, 32}.fill(model.tokens, chunk), expected));
    }
  });
}

TEST_CASE("a sequence of every family has the same bits alone and in a mixed batch") {
  test::for_invariant_models([](const family_model& model) {
    const std::vector<token_list> prompts{model.tokens, others(first_of(model.tokens, 17), 3),
                                          others(model.tokens, 9), first_of(model.tokens, 33),
                                          first_of(model.tokens, 1)};
    std::vector<std::vector<float>> alone;
    for (const auto& prompt : prompts) {
      alone.push_back(family_run{model}.fill(prompt, 100));
    }
    for (const std::uint32_t threads : {1U, 8U}) {
      family_run together{model, threads};
      std::vector<runner_sequence> sequences;
      for (std::size_t i = 0; i < prompts.size(); ++i) {
        sequences.push_back(
            {prompts[i], together.slots(static_cast<engine::slot_id>(i * 8), 72), 0});
      }
      std::size_t done = 0;
      for (std::uint32_t step = 0; done < prompts.size(); ++step) {
        std::vector<engine::step_row> rows;
        std::vector<std::size_t> finished;
        for (std::size_t i = 0; i < sequences.size(); ++i) {
          auto& s = sequences[i];
          const auto left = static_cast<std::uint32_t>(s.tokens.size()) - s.computed;
          if (left == 0) {
            continue;
          }
          const auto count =
              std::min(left, 1 + (step * 5 + static_cast<std::uint32_t>(i) * 3) % 19);
          rows.push_back(row_of(s, count));
          s.computed += count;
          if (count == left) {
            finished.push_back(i);
          }
        }
        together.run(rows);
        for (std::size_t i = 0; i < finished.size(); ++i) {
          CHECK(same_bits(together.logits(i), alone[finished[i]]));
        }
        done += finished.size();
      }
    }
  });
}

TEST_CASE("on another sequence's blocks every family goes on with the bits of its own") {
  test::for_invariant_models([](const family_model& model) {
    auto tokens = first_of(model.tokens, 32);
    const auto tail = others(first_of(model.tokens, 30), 5);
    tokens.insert(tokens.end(), tail.begin(), tail.end());
    family_run alone{model};
    const auto expected = alone.fill(tokens, 11);

    family_run shared{model};
    runner_sequence first{model.tokens, shared.slots(20, 72), 0};
    static_cast<void>(shared.fill(first, 72, 72));
    runner_sequence second{tokens, {20, 21, 40, 41}, 32};
    CHECK(same_bits(shared.fill(second, 62, 11), expected));
    CHECK(same_bits(shared.block(40), alone.block(5)));
    CHECK(same_bits(shared.block(20), alone.block(3)));
  });
}

TEST_CASE("a sequence of every family that lost its blocks and is recomputed has the same bits") {
  test::for_invariant_models([](const family_model& model) {
    family_run steady{model};
    const auto expected = steady.fill(model.tokens, 1);

    family_run disturbed{model};
    runner_sequence s{model.tokens, disturbed.slots(3, 72), 0};
    static_cast<void>(disturbed.fill(s, 48, 48));
    static_cast<void>(disturbed.fill(s, 59, 1));
    std::ranges::fill(disturbed.pool, -3.0F);
    s.blocks = disturbed.slots(30, 72);
    s.computed = 0;
    static_cast<void>(disturbed.fill(s, 59, 25));
    CHECK(same_bits(disturbed.fill(s, 72, 1), expected));
    CHECK(same_bits(disturbed.block(33), steady.block(6)));
  });
}

TEST_CASE("the same weights written in bf16 and widened, and in f32, give the same bits") {
  for (const auto& name : test::invariant_families) {
    if (name == "gemma3") {
      continue; // It scales its embedding in the type of the weights.
    }
    CAPTURE(name);
    const family_model narrow{name, "BF16", engine::weight_type::f32};
    const family_model wide{name, "F32"};
    family_run one{narrow};
    family_run other{wide};
    CHECK(same_bits(one.fill(narrow.tokens, 16), other.fill(wide.tokens, 16)));
    CHECK(same_bits(one.pool, other.pool));
  }
}
