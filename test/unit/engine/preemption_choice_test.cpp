// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/preemption_choice.hpp"

#include <doctest/doctest.h>

namespace troupe::engine {
namespace {

constexpr std::size_t block_bytes = 1'000;

using enum preemption_way;

// A block of 16 tokens: 16 ms to compute, 2 ms to copy out and in.
constexpr preemption_rates rates{.prefill_tokens_per_s = 1'000, .copy_bytes_per_s = 1'000'000};

} // namespace

TEST_CASE("a victim is swapped where copying out and in is shorter than computing again") {
  const preemption_choice choice{block_bytes, 1'000'000};
  CHECK(choice.choose({.lost_tokens = 160, .own_blocks = 10}, rates, 0) == swap);
  CHECK(choice.choose({.lost_tokens = 160, .own_blocks = 79}, rates, 0) == swap);
  CHECK(choice.choose({.lost_tokens = 160, .own_blocks = 80}, rates, 0) == recompute);
  CHECK(choice.choose({.lost_tokens = 1, .own_blocks = 1}, rates, 0) == recompute);
}

TEST_CASE(
    "what others hold costs nothing to compute again, so a victim of such blocks is dropped") {
  const preemption_choice choice{block_bytes, 1'000'000};
  CHECK(choice.choose({.lost_tokens = 0, .own_blocks = 0}, rates, 0) == recompute);
  CHECK(choice.choose({.lost_tokens = 0, .own_blocks = 1}, rates, 0) == recompute);
  CHECK(choice.choose({.lost_tokens = 16, .own_blocks = 0}, rates, 0) == swap);
}

TEST_CASE("a victim is recomputed where its blocks do not fit beside those swapped out") {
  const preemption_choice choice{block_bytes, 20'500};
  CHECK(choice.choose({.lost_tokens = 320, .own_blocks = 20}, rates, 0) == swap);
  CHECK(choice.choose({.lost_tokens = 336, .own_blocks = 21}, rates, 0) == recompute);
  CHECK(choice.choose({.lost_tokens = 320, .own_blocks = 20}, rates, 501) == recompute);
  CHECK(choice.choose({.lost_tokens = 16, .own_blocks = 1}, rates, 30'000) == recompute);
  CHECK(preemption_choice{block_bytes, 0}.choose({.lost_tokens = 160, .own_blocks = 1}, rates, 0)
        == recompute);
}

TEST_CASE("nothing is swapped before both rates are measured") {
  const preemption_choice choice{block_bytes, 1'000'000};
  const preemption_victim victim{.lost_tokens = 160, .own_blocks = 1};
  CHECK(choice.choose(victim, {}, 0) == recompute);
  CHECK(choice.choose(victim, {.prefill_tokens_per_s = 1}, 0) == recompute);
  CHECK(choice.choose(victim, {.copy_bytes_per_s = 1}, 0) == recompute);
}

} // namespace troupe::engine
