// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/json/read.hpp"
#include "runtime/process/files.hpp"
#include "test/conformance/support/family_run.hpp"
#include "test/conformance/support/native_engine.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

using namespace troupe;
using test::native_engine;

namespace {

engine::host_options with_budget(std::uint32_t step_tokens) {
  engine::host_options options;
  options.pool_blocks = 64;
  options.step_tokens_max = step_tokens;
  return options;
}

engine::sequence_spec scoring(const native_engine& rig, std::uint64_t id,
                              const token_list& prompt) {
  auto spec = rig.spec(id, prompt, 4);
  spec.how.prompt_logprobs = true;
  spec.how.prompt_top_logprobs = 3;
  return spec;
}

std::vector<token_logprobs> scores_of(const std::string& directory, const token_list& prompt,
                                      std::uint32_t step_tokens, std::uint32_t threads = 1) {
  native_engine rig{directory, with_budget(step_tokens), threads};
  rig.begin(scoring(rig, 1, prompt));
  rig.run_to_end_of(1);
  CHECK(rig.sequences[1].scores_in_order);
  return rig.sequences[1].scores;
}

/// Calls check(directory, golden, scores alone) for every family in every type of weights.
template <class Check>
void for_families(const Check& check) {
  for (const auto& name : test::invariant_families) {
    for (const auto& type : test::weight_types) {
      CAPTURE(name);
      CAPTURE(type);
      const auto golden = test::read_golden(name);
      const test::temporary_directory directory;
      test::write_golden(directory.path(), golden, type);
      const auto alone = scores_of(directory.path(), golden.prompt, 512);
      REQUIRE(alone.size() == golden.prompt.size() - 1);
      check(directory.path(), golden, alone);
    }
  }
}

} // namespace

TEST_CASE("a prompt's log probabilities have the same bits in chunks of 1, 7, 16 and all") {
  for_families([](const std::string& directory, const test::golden_model& golden,
                  const std::vector<token_logprobs>& alone) {
    CHECK(scores_of(directory, golden.prompt, 1) == alone);
    CHECK(scores_of(directory, golden.prompt, 7, 8) == alone);
    CHECK(scores_of(directory, golden.prompt, 16, 2) == alone);
  });
}

TEST_CASE("a prompt's log probabilities are the same beside others, and with a prefix it has") {
  for_families([](const std::string& directory, const test::golden_model& golden,
                  const std::vector<token_logprobs>& alone) {
    native_engine rig{directory, with_budget(24)};
    auto other = golden.prompt;
    std::ranges::reverse(other);
    rig.begin(rig.spec(7, other, 30));
    rig.begin(scoring(rig, 8, other));
    rig.begin(scoring(rig, 1, golden.prompt));
    rig.run_to_end_of(1);
    CHECK(rig.sequences[1].scores == alone);

    rig.begin(scoring(rig, 2, golden.prompt));
    rig.run_to_end_of(2);
    CHECK(rig.sequences[2].scores == alone);
    CHECK(rig.sequences[2].end->cached_tokens == 0);

    auto rest = scoring(rig, 3, golden.prompt);
    rest.scored = 33;
    rig.begin(rest);
    rig.run_to_end_of(3);
    CHECK(rig.sequences[3].scores == std::vector(alone.begin() + 33, alone.end()));
    CHECK(rig.sequences[3].end->cached_tokens == 32);
  });
}

TEST_CASE("a prompt's log probabilities are transformers'") {
  const auto text = process::read_file(std::string(TROUPE_SOURCE_DIR) + "/test/goldens/scores.json",
                                       std::size_t{1} << 20U);
  REQUIRE(text);
  const auto all = json::parse(*text);
  REQUIRE(all);
  for (const auto& [name, golden_scores] : *all->as_object()) {
    CAPTURE(name);
    const auto golden = test::read_golden(name);
    const test::temporary_directory directory;
    test::write_golden(directory.path(), golden, "F32");
    const auto got = scores_of(directory.path(), golden.prompt, 16);
    const auto& expected = *golden_scores.find("logprobs")->as_array();
    REQUIRE(got.size() == expected.size());
    double worst = 0;
    for (std::size_t at = 0; at < got.size(); ++at) {
      worst = std::max(worst, std::abs(got[at].logprob - *expected[at].as_number()));
    }
    MESSAGE(name << ": largest difference " << worst);
    CHECK(worst < 1e-4);
  }
}
