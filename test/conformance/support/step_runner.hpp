// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"
#include "messages/vocab/block_naming.hpp"
#include "messages/vocab/tokens.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace troupe::test {

/// A sequence with its blocks, as a scheduler would keep it.
struct runner_sequence {
  token_list tokens;
  std::vector<engine::slot_id> blocks;
  std::uint32_t computed = 0;
};

/// The next `count` tokens of a sequence as a row of a step.
inline engine::step_row row_of(const runner_sequence& s, std::uint32_t count) {
  engine::step_row row;
  row.tokens = std::span{s.tokens}.subspan(s.computed, count);
  row.first_position = s.computed;
  row.blocks = s.blocks;
  row.wants_token = s.computed + count == s.tokens.size();
  row.how = {.temperature = 0};
  return row;
}

/// Slots [first, first + enough for `tokens` in blocks of so many pages).
inline std::vector<engine::slot_id> slots_from(engine::slot_id first, std::size_t tokens,
                                               std::uint32_t pages = 1) {
  std::vector<engine::slot_id> slots((tokens + block_tokens - 1) / block_tokens * pages);
  std::iota(slots.begin(), slots.end(), first);
  return slots;
}

/// Greedy answer of `answer_tokens` tokens to a prompt that is computed in chunks.
inline token_list answer(engine::executor& execution, const token_list& prompt,
                         std::size_t answer_tokens, std::uint32_t chunk) {
  runner_sequence s{
      prompt, slots_from(0, prompt.size() + answer_tokens, execution.traits().groups.pages()), 0};
  engine::step_output out;
  while (s.tokens.size() < prompt.size() + answer_tokens) {
    const auto left = static_cast<std::uint32_t>(s.tokens.size()) - s.computed;
    const auto count = std::min(left, chunk);
    engine::step_plan plan;
    plan.rows.push_back(row_of(s, count));
    execution.execute(plan, out);
    s.computed += count;
    if (!out.tokens.empty()) {
      s.tokens.push_back(out.tokens.front());
    }
  }
  return {s.tokens.begin() + static_cast<std::ptrdiff_t>(prompt.size()), s.tokens.end()};
}

/// Whether steps copy out the pages that they make whole, as they stand in the pool afterwards: of
/// 40 tokens in two steps, each of which copies the first block, the second the next one too.
/// Requires: a pool of three blocks and a page.
inline bool copies_whole_pages(engine::executor& execution, const token_list& some) {
  const auto& traits = execution.traits();
  const auto pages = traits.groups.pages();
  runner_sequence s{token_list(40), slots_from(1, 40, pages), 0};
  for (std::size_t i = 0; i < s.tokens.size(); ++i) {
    s.tokens[i] = some[i % some.size()];
  }
  std::vector<std::vector<std::byte>> copies(3 * pages,
                                             std::vector<std::byte>(traits.page_bytes()));
  bool is_all_equal = true;
  engine::step_output out;
  for (std::size_t step = 0; step < 2; ++step) {
    engine::step_plan plan;
    plan.rows.push_back(row_of(s, 20));
    for (std::uint32_t i = 0; i < (step + 1) * pages; ++i) {
      plan.reads.push_back(
          {s.blocks[i], i % pages, step == 1 && i < pages, copies[step * pages + i]});
    }
    execution.execute(plan, out);
    s.computed += 20;
    std::vector<std::byte> expected(traits.page_bytes());
    for (const auto& read : plan.reads) {
      execution.read_page(read.slot, expected);
      is_all_equal = is_all_equal && std::ranges::equal(read.to, expected);
    }
  }
  return is_all_equal && std::ranges::none_of(copies, [](const auto& copy) {
           return std::ranges::all_of(copy, [](std::byte each) { return each == std::byte{}; });
         });
}

} // namespace troupe::test
