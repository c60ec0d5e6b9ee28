// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/engine/engine_rates.hpp"

#include "messages/vocab/block_naming.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/rng.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <vector>

namespace troupe::bench {
namespace {

constexpr std::uint32_t blocks_of(std::uint32_t tokens) {
  return (tokens + block_tokens - 1) / block_tokens;
}

constexpr std::uint32_t pool_blocks =
    std::max(blocks_of(prefill_tokens),
             batch_sequences_max* blocks_of(batch_prompt_tokens + batch_decode_tokens));

} // namespace

engine_rates::engine_rates(engine::executor& execution) : execution_(execution) {
  execution_.allocate_pool(pool_blocks * execution_.traits().groups.pages());
}

double engine_rates::prefill() {
  return prefill_tokens / step(1, 0, prefill_tokens);
}

double engine_rates::decode() {
  return answer(1, 0, decode_tokens);
}

double engine_rates::decode_batch(std::uint32_t sequences) {
  TROUPE_CHECK(sequences >= 1 && sequences <= batch_sequences_max);
  return answer(sequences, batch_prompt_tokens, batch_decode_tokens);
}

double engine_rates::answer(std::uint32_t sequences, std::uint32_t prompt_tokens,
                            std::uint32_t answer_tokens) {
  if (prompt_tokens > 0) {
    (void)step(sequences, 0, prompt_tokens);
  }
  double took_s = 0;
  for (std::uint32_t i = 0; i < answer_tokens; ++i) {
    took_s += step(sequences, prompt_tokens + i, 1);
  }
  return sequences * answer_tokens / took_s;
}

/// Seconds of one step of `tokens` for each sequence.
double engine_rates::step(std::uint32_t sequences, std::uint32_t position, std::uint32_t tokens) {
  const auto pages = execution_.traits().groups.pages();
  const auto blocks = pool_blocks / sequences;
  std::vector<engine::slot_id> slots(pool_blocks * pages);
  std::iota(slots.begin(), slots.end(), 0U);
  rng random{++steps_};
  std::vector<token_id> ids(std::size_t{sequences} * tokens);
  for (auto& id : ids) {
    id = static_cast<token_id>(random.below(execution_.traits().vocab_size));
  }
  engine::step_plan plan;
  plan.step = steps_;
  for (std::uint32_t i = 0; i < sequences; ++i) {
    engine::step_row row;
    row.sequence = i + 1;
    row.tokens = std::span{ids}.subspan(std::size_t{i} * tokens, tokens);
    row.first_position = position;
    row.blocks = std::span{slots}.subspan(std::size_t{i} * blocks * pages, blocks * pages);
    row.wants_token = true;
    row.how.temperature = 0;
    plan.rows.push_back(row);
  }
  engine::step_output out;
  const auto begin = machine_clock().now();
  execution_.execute(plan, out);
  return std::chrono::duration<double>(machine_clock().now() - begin).count();
}

} // namespace troupe::bench
