// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/conformance/support/family_run.hpp"
#include "test/conformance/support/native_engine.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>

using namespace troupe;
using test::native_engine;

namespace {

constexpr std::uint32_t answer_tokens = 40;

engine::host_options with_blocks(std::uint32_t blocks, std::uint32_t step_tokens = 512) {
  engine::host_options options;
  options.pool_blocks = blocks;
  options.step_tokens_max = step_tokens;
  return options;
}

struct outcome {
  token_list tokens;
  std::map<std::uint32_t, bytes> blocks; ///< Of prompt and answer.
};

outcome outcome_of(native_engine& rig, const engine::sequence_spec& spec) {
  rig.run_to_end_of(spec.id.value);
  return {rig.sequences[spec.id.value].tokens, rig.blocks_of(spec)};
}

outcome alone(const std::string& directory, const token_list& prompt, engine::host_options options,
              std::uint32_t threads = 1) {
  native_engine rig{directory, options, threads};
  const auto spec = rig.spec(1, prompt, answer_tokens);
  rig.begin(spec);
  return outcome_of(rig, spec);
}

/// The same tokens, and the same bytes of every block that both still have: of all its pages, or
/// of those that do not go with a window.
void check_same(const outcome& got, const outcome& expected, std::size_t blocks_min) {
  CHECK(got.tokens == expected.tokens);
  std::size_t compared = 0;
  for (const auto& [place, data] : got.blocks) {
    const auto found = expected.blocks.find(place);
    if (found != expected.blocks.end()) {
      const auto both = std::min(data.size(), found->second.size());
      CHECK(std::equal(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(both),
                       found->second.begin()));
      CHECK(both > 0);
      ++compared;
    }
  }
  CHECK(compared >= blocks_min);
}

bool saw(const engine::test::told_of& of, engine::sequence_phase phase) {
  return std::ranges::find(of.phases, phase) != of.phases.end();
}

token_list shifted(const token_list& tokens, token_id by) {
  auto out = tokens;
  for (auto& token : out) {
    token = (token + by) % 200;
  }
  return out;
}

/// Calls check(directory, prompt, outcome alone) for every family in every type of weights. A
/// prompt of 48 tokens is three whole blocks; of 50 the answer's tokens share one with it.
void for_engines(
    const std::function<void(const std::string&, const token_list&, const outcome&)>& check) {
  for (const auto& name : test::invariant_families) {
    for (const auto& type : test::weight_types) {
      CAPTURE(name);
      CAPTURE(type);
      const auto golden = test::read_golden(name);
      const test::temporary_directory directory;
      test::write_golden(directory.path(), golden, type);
      auto prompt = golden.prompt;
      prompt.insert(prompt.end(), {3, 5});
      const auto expected = alone(directory.path(), prompt, with_blocks(32));
      CHECK(expected.tokens.size() == answer_tokens);
      CHECK(expected.blocks.size() == 5);
      check(directory.path(), prompt, expected);
    }
  }
}

} // namespace

TEST_CASE("an engine's answer and blocks do not depend on its budget of a step and its threads") {
  for_engines([](const std::string& directory, const token_list& prompt, const outcome& expected) {
    check_same(alone(directory, prompt, with_blocks(32, 7)), expected, 5);
    check_same(alone(directory, prompt, with_blocks(32, 16), 2), expected, 5);
    check_same(alone(directory, prompt, with_blocks(32, 1), 8), expected, 5);
  });
}

TEST_CASE("an engine's answer and blocks are the same beside others, and with a prefix it has") {
  for_engines([](const std::string& directory, const token_list& prompt, const outcome& expected) {
    native_engine rig{directory, with_blocks(64, 24)};
    rig.begin(rig.spec(7, shifted(prompt, 3), 30));
    rig.begin(rig.spec(8, {prompt.begin(), prompt.begin() + 20}, 50));
    const auto among = rig.spec(1, prompt, answer_tokens);
    rig.begin(among);
    rig.begin(rig.spec(9, shifted(prompt, 11), 20));
    check_same(outcome_of(rig, among), expected, 5);

    const auto again = rig.spec(2, prompt, answer_tokens);
    rig.begin(again);
    check_same(outcome_of(rig, again), expected, 5);
    CHECK(rig.sequences[2].end->cached_tokens == 48);
    CHECK(rig.sequences[2].end->computed_tokens == 2);
  });
}

TEST_CASE("an engine's answer and blocks are the same after a preemption and recomputation") {
  for_engines([](const std::string& directory, const token_list& prompt, const outcome& expected) {
    native_engine rig{directory, with_blocks(7)};
    auto spec = rig.spec(1, prompt, answer_tokens);
    spec.cls = engine::work_class::batch;
    rig.begin(spec);
    for (int steps = 0; steps < 5; ++steps) {
      rig.step();
    }
    rig.begin(rig.spec(2, shifted(prompt, 7), answer_tokens));
    check_same(outcome_of(rig, spec), expected, 3);
    CHECK(saw(rig.sequences[1], engine::sequence_phase::preempted));
  });
}

TEST_CASE(
    "a prompt computed by one engine and decoded by another gives the same answer and blocks") {
  for_engines([](const std::string& directory, const token_list& prompt, const outcome& expected) {
    native_engine source{directory, with_blocks(32, 7), 2};
    auto prefill = source.spec(1, prompt, 0);
    prefill.prefill_only = true;
    prefill.credit_up_to = 0;
    source.begin(prefill);
    source.run_to_end_of(1);
    REQUIRE(source.sequences[1].exports.size() == 3);

    native_engine target{directory, with_blocks(32)};
    const auto spec = target.spec(1, prompt, answer_tokens);
    target.say(engine::reserve{spec});
    for (const auto& part : source.sequences[1].exports) {
      target.say(
          engine::import_block{{1}, part.index, part.name, part.layout, part.checksum, part.data});
    }
    target.say(engine::start{{1}});
    check_same(outcome_of(target, spec), expected, 5);
    CHECK(target.sequences[1].end->computed_tokens == 2);
  });
}
