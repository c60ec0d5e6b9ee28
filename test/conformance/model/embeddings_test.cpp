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
#include <vector>

using namespace troupe;
using test::native_engine;

namespace {

constexpr auto both = {pooling_kind::mean, pooling_kind::last};

engine::host_options with_budget(std::uint32_t step_tokens) {
  engine::host_options options;
  options.pool_blocks = 64;
  options.step_tokens_max = step_tokens;
  return options;
}

engine::sequence_spec embedding(const native_engine& rig, std::uint64_t id,
                                const token_list& prompt, pooling_kind pooling) {
  auto spec = rig.spec(id, prompt, 0);
  spec.pooling = pooling;
  return spec;
}

std::vector<float> embedding_of(const std::string& directory, const token_list& prompt,
                                pooling_kind pooling, std::uint32_t step_tokens,
                                std::uint32_t threads = 1) {
  native_engine rig{directory, with_budget(step_tokens), threads};
  rig.begin(embedding(rig, 1, prompt, pooling));
  rig.run_to_end_of(1);
  REQUIRE(rig.sequences[1].embeddings.size() == 1);
  return rig.sequences[1].embeddings[0];
}

/// Calls check(directory, golden) for every family in every type of weights.
template <class Check>
void for_families(const Check& check) {
  for (const auto& name : test::invariant_families) {
    for (const auto& type : test::weight_types) {
      CAPTURE(name);
      CAPTURE(type);
      const auto golden = test::read_golden(name);
      const test::temporary_directory directory;
      test::write_golden(directory.path(), golden, type);
      check(directory.path(), golden);
    }
  }
}

/// The largest difference between `got`, made to length 1, and `expected`.
double distance(const std::vector<float>& got, const json::value::array& expected) {
  REQUIRE(got.size() == expected.size());
  double square = 0;
  for (const auto each : got) {
    square += double{each} * each;
  }
  double worst = 0;
  for (std::size_t at = 0; at < got.size(); ++at) {
    worst = std::max(worst, std::abs(got[at] / std::sqrt(square) - *expected[at].as_number()));
  }
  return worst;
}

} // namespace

TEST_CASE("embeddings have the same bits in chunks of 1, 7, 16 and all, on 1, 2 and 8 threads") {
  for_families([](const std::string& directory, const test::golden_model& golden) {
    for (const auto pooling : both) {
      const auto alone = embedding_of(directory, golden.prompt, pooling, 512);
      CHECK(embedding_of(directory, golden.prompt, pooling, 1) == alone);
      CHECK(embedding_of(directory, golden.prompt, pooling, 7, 8) == alone);
      CHECK(embedding_of(directory, golden.prompt, pooling, 16, 2) == alone);
    }
  });
}

TEST_CASE("embeddings have the same bits beside others, and others beside them") {
  for_families([](const std::string& directory, const test::golden_model& golden) {
    auto other = golden.prompt;
    std::ranges::reverse(other);
    native_engine alone{directory, with_budget(24)};
    alone.begin(alone.spec(7, other, 12));
    alone.run_to_end_of(7);

    native_engine rig{directory, with_budget(24)};
    rig.begin(embedding(rig, 1, golden.prompt, pooling_kind::mean));
    rig.begin(rig.spec(7, other, 12));
    auto scored = rig.spec(8, other, 4);
    scored.how.prompt_logprobs = true;
    rig.begin(scored);
    rig.begin(embedding(rig, 2, golden.prompt, pooling_kind::last));
    for (const std::uint64_t id : {1, 2, 7, 8}) {
      rig.run_to_end_of(id);
    }
    CHECK(rig.sequences[1].embeddings[0]
          == embedding_of(directory, golden.prompt, pooling_kind::mean, 512));
    CHECK(rig.sequences[2].embeddings[0]
          == embedding_of(directory, golden.prompt, pooling_kind::last, 512));
    CHECK(rig.sequences[7].tokens == alone.sequences[7].tokens);
  });
}

TEST_CASE("embeddings are transformers'") {
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
    const auto mean = embedding_of(directory.path(), golden.prompt, pooling_kind::mean, 16);
    const auto last = embedding_of(directory.path(), golden.prompt, pooling_kind::last, 16);
    const auto worst = std::max(distance(mean, *golden_scores.find("mean")->as_array()),
                                distance(last, *golden_scores.find("last")->as_array()));
    MESSAGE(name << ": largest difference " << worst);
    CHECK(worst < 1e-5);
  }
}
