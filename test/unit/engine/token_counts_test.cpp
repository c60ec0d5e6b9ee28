// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/token_counts.hpp"

#include "runtime/base/rng.hpp"

#include <doctest/doctest.h>

#include <array>
#include <map>

namespace troupe::engine::test {

TEST_CASE("tokens of prompt and answer are counted as a map would count them") {
  rng draws{7};
  std::map<token_id, std::uint32_t> expected;
  token_counts counts;
  token_list prompt(500);
  for (auto& token : prompt) {
    token = static_cast<token_id>(draws.below(3000));
    expected[token];
  }
  counts.add_prompt(prompt);
  for (int at = 0; at < 5000; ++at) {
    const auto token = static_cast<token_id>(draws.below(3000));
    ++expected[token];
    counts.add_answer(token);
  }

  std::map<token_id, std::uint32_t> counted;
  for (const auto& each : counts.entries()) {
    CHECK(counted.emplace(each.token, each.answer).second);
  }
  CHECK(counted == expected);
}

TEST_CASE("the memory for tokens seen before is there") {
  token_counts counts;
  const std::array<token_id, 3> prompt{0, 1, 0xFFFF'FFFF};
  counts.add_prompt(prompt);
  const auto* before = counts.entries().data();
  for (int times = 0; times < 100'000; ++times) {
    counts.add_answer(1);
    counts.add_answer(0);
  }

  CHECK(counts.entries().data() == before);
  CHECK(counts.entries().size() == 3);
  CHECK(counts.entries()[1].answer == 100'000);
}

} // namespace troupe::engine::test
