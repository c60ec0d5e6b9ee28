// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/rank_parts.hpp"

#include "cuda/core/part_shape.hpp"

#include <doctest/doctest.h>

#include <set>
#include <vector>

using namespace troupe::cuda;

namespace {

constexpr model_facts base{.layers = 1,
                           .hidden = 64,
                           .heads = 8,
                           .kv_heads = 4,
                           .head_dim = 16,
                           .feed_forward = 96,
                           .vocab = 100,
                           .experts = {.count = 3, .feed_forward = 32, .shared_feed_forward = 64},
                           .ranks = 1};

model_facts of_ranks(std::int32_t ranks) {
  auto all = base;
  all.ranks = ranks;
  return all;
}

std::int64_t total(const part_slice& slice) {
  std::int64_t sum = 0;
  for (const auto& one : slice.ranges) {
    sum += one.count;
  }
  return sum;
}

/// As many outputs or inputs as the rank's own model has of the part.
void check_shapes(const model_facts& whole, const layer_facts& layer) {
  for (std::int32_t number = 0; number < parts_count; ++number) {
    const auto what = static_cast<part>(number);
    for (std::int32_t rank = 0; rank < whole.ranks; ++rank) {
      CAPTURE(number);
      CAPTURE(rank);
      auto head = facts_of_rank(of_ranks(1), 0); // Where nothing is cut.
      head.latent = whole.latent;
      const auto shape = shape_of(what, facts_of_rank(whole, rank), layer);
      const auto uncut = shape_of(what, head, layer);
      const auto slice = slice_of(what, whole, layer, rank);
      switch (slice.cut) {
        case part_cut::outputs:
          CHECK((shape.outputs == static_cast<std::size_t>(total(slice)) || shape.outputs == 0
                 || what == part::expert_gate_up_bias));
          break;
        case part_cut::inputs:
          CHECK((shape.inputs == static_cast<std::size_t>(total(slice)) || shape.inputs == 0));
          break;
        case part_cut::matrices:
          CHECK((shape.count == static_cast<std::size_t>(total(slice)) || shape.count == 0));
          break;
        default:
          CHECK(shape.outputs == uncut.outputs);
          CHECK(shape.inputs == uncut.inputs);
          CHECK(shape.count == uncut.count);
      }
    }
  }
}

} // namespace

TEST_CASE("every rank's parts have the shapes of the rank's own model") {
  for (const std::int32_t ranks : {1, 2, 4}) {
    auto whole = of_ranks(ranks);
    check_shapes(whole, {});
    check_shapes(whole, {.has_values = 1});
    whole.latent = {
        .kv_rank = 32, .query_rank = 16, .plain_dim = 8, .rope_dim = 8, .value_dim = 16};
    check_shapes(whole, {});
  }
}

TEST_CASE("ranks share heads, columns and tokens out without rest") {
  const auto whole = of_ranks(4);
  std::int64_t tokens = 0;
  for (std::int32_t rank = 0; rank < 4; ++rank) {
    CHECK(tokens_of(whole, rank).first == tokens);
    CHECK(tokens % 16 == 0);
    tokens += tokens_of(whole, rank).count;
    const auto qkv = slice_of(part::qkv, whole, {}, rank).ranges;
    CHECK(qkv[0].first == rank * 2 * 16);
    CHECK(qkv[1].first == 8 * 16 + rank * 16);
    CHECK(qkv[2].first == 12 * 16 + rank * 16);
    const auto wide = slice_of(part::gate_up, whole, {}, rank).ranges;
    CHECK(wide[0].first == rank * 24);
    CHECK(wide[1].first == 96 + rank * 24);
  }
  CHECK(tokens == 100);
}

TEST_CASE("columns are shared evenly where that leaves multiples of 8, else by runs") {
  const auto counts = [](std::int64_t columns, std::int32_t ranks) {
    std::vector<std::int64_t> all;
    std::int64_t next = 0;
    for (std::int32_t rank = 0; rank < ranks; ++rank) {
      const auto range = columns_of(columns, of_ranks(ranks), rank);
      CHECK(range.first == next);
      next += range.count;
      all.push_back(range.count);
    }
    CHECK(next == columns);
    return all;
  };
  CHECK(counts(2880, 4) == std::vector<std::int64_t>{720, 720, 720, 720});
  CHECK(counts(1632, 16)
        == std::vector<std::int64_t>{128, 128, 128, 96, 96, 96, 96, 96, 96, 96, 96, 96, 96, 96, 96,
                                     96});
  CHECK(counts(72, 4) == std::vector<std::int64_t>{24, 16, 16, 16});
  CHECK(counts(72, 2) == std::vector<std::int64_t>{40, 32});
  CHECK(counts(0, 2) == std::vector<std::int64_t>{0, 0});
}

TEST_CASE("experts that are shared out stand whole on one rank each") {
  for (const std::int32_t ranks : {2, 3}) {
    auto whole = of_ranks(ranks);
    whole.experts.count = 5;
    whole.experts.has_bias = 1;
    whole.experts.are_shared_out = 1;
    std::int64_t next = 0;
    for (std::int32_t rank = 0; rank < ranks; ++rank) {
      const auto mine = experts_of(whole, rank);
      CHECK(mine.first == next);
      CHECK(mine.count >= 5 / ranks);
      next += mine.count;
      const auto facts = facts_of_rank(whole, rank);
      CHECK(facts.experts.first == mine.first);
      CHECK(facts.experts.held == mine.count);
      CHECK(facts.experts.feed_forward == whole.experts.feed_forward);
      CHECK(facts.experts.shared_feed_forward < whole.experts.shared_feed_forward);
      for (const auto what : {part::expert_gate_up, part::expert_gate_up_bias, part::expert_down,
                              part::expert_down_bias}) {
        const auto slice = slice_of(what, whole, {}, rank);
        CHECK(slice.cut == part_cut::matrices);
        CHECK(slice.ranges[0].first == mine.first);
        CHECK(slice.ranges[0].count == mine.count);
      }
      CHECK(slice_of(part::router, whole, {}, rank).cut == part_cut::whole);
      CHECK(shape_of(part::router, facts, {}).outputs == 5);
      CHECK(shape_of(part::expert_down, facts, {}).count == static_cast<std::size_t>(mine.count));
      CHECK(shape_of(part::expert_down_bias, facts, {}).outputs
            == static_cast<std::size_t>(mine.count * whole.hidden));
    }
    CHECK(next == 5);
  }
}

TEST_CASE("where there are fewer kv heads than ranks several have the same") {
  auto whole = of_ranks(8);
  whole.kv_heads = 2;
  std::multiset<std::int64_t> firsts;
  for (std::int32_t rank = 0; rank < 8; ++rank) {
    CHECK(kv_heads_of(whole, rank).count == 1);
    firsts.insert(kv_heads_of(whole, rank).first);
    // The heads of a rank read that one.
    CHECK(rank * 1 / 4 == kv_heads_of(whole, rank).first);
  }
  CHECK(firsts.count(0) == 4);
  CHECK(firsts.count(1) == 4);
}

TEST_CASE("what does not divide is refused by the name it has in config.json") {
  const auto says = [](const model_facts& whole, std::string_view words) {
    return why_not_cut(whole).find(words) != std::string::npos;
  };
  CHECK(why_not_cut(of_ranks(1)).empty());
  CHECK(why_not_cut(of_ranks(2)).empty());
  CHECK(why_not_cut(of_ranks(4)).empty());
  CHECK(says(of_ranks(0), "from 1 to 16"));
  CHECK(says(of_ranks(17), "from 1 to 16"));
  CHECK(says(of_ranks(3), "num_attention_heads, which is 8"));
  auto odd = of_ranks(4);
  odd.kv_heads = 3;
  CHECK(says(odd, "num_key_value_heads"));
  odd = of_ranks(2);
  odd.feed_forward = 100;
  CHECK(says(odd, "intermediate_size, which is 100"));
  odd = of_ranks(4);
  odd.experts.feed_forward = 24;
  CHECK(says(odd, "experts' intermediate size"));
  odd.experts.are_shared_out = 1;
  CHECK(says(odd, "too many for 3 experts"));
  odd.experts.count = 4;
  CHECK(why_not_cut(odd).empty());
  odd = of_ranks(8);
  odd.vocab = 40;
  odd.feed_forward = 128;
  odd.experts = {};
  CHECK(says(odd, "vocabulary of 40"));
}
