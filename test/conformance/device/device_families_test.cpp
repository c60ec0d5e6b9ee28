// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/device_execution.hpp"
#include "engine/model/checkpoint.hpp"
#include "engine/model/config.hpp"
#include "messages/vocab/block_naming.hpp"
#include "test/conformance/support/step_runner.hpp"
#include "test/support/golden_model.hpp"
#include "test/support/model_files.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

using namespace troupe;
using namespace troupe::engine;

namespace {

constexpr host_options host{
    .pool_bytes = std::size_t{8} << 20U, .step_tokens_max = 64, .sequences_max = 4};

/// What of a family the device's decoder lacks, by the words of its refusal; the others run.
const std::map<std::string, std::string> lacking{
    {"deepseek_v3", "experts"},         {"deepseek_v3_plain", "experts"},
    {"falcon_7b", "beside attention"},  {"falcon_11b", "beside attention"},
    {"falcon_40b", "beside attention"}, {"gpt_oss", "experts"},
    {"llama4_maverick", "experts"},     {"llama4_scout", "experts"},
    {"llama4_wrapped", "experts"},      {"mixtral", "experts"},
    {"qwen2_moe", "experts"},           {"qwen3_moe", "experts"}};

cuda_library emulated() {
  auto opened = cuda_library::open({TROUPE_CUDA_LIBRARY});
  REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.err().text));
  return *std::move(opened);
}

/// The golden answer is fed whatever the device says, so that each of its tokens is comparable.
void check_tokens(const test::golden_model& golden, executor& execution) {
  test::runner_sequence s{golden.prompt, test::slots_from(1, golden.prompt.size() + 24), 0};
  for (std::size_t i = 0; i < golden.greedy.size(); ++i) {
    CAPTURE(i);
    step_plan plan;
    plan.rows.push_back(test::row_of(s, static_cast<std::uint32_t>(s.tokens.size()) - s.computed));
    step_output out;
    execution.execute(plan, out);
    REQUIRE(out.tokens.size() == 1);
    CHECK(out.tokens.front() == golden.greedy[i]);
    s.computed = static_cast<std::uint32_t>(s.tokens.size());
    s.tokens.push_back(golden.greedy[i]);
  }
}

} // namespace

TEST_CASE("every family answers on a device as transformers does, or is refused by what it lacks") {
  std::size_t ran = 0;
  for (const auto& name : test::golden_names()) {
    CAPTURE(name);
    const auto golden = test::read_golden(name);
    const test::temporary_directory directory;
    test::write_golden(directory.path(), golden, "BF16");
    const auto config = read_json_file(directory.path() + "/config.json");
    REQUIRE(config.has_value());
    const auto spec = read_config(*config, "config.json");
    const auto files = checkpoint::open(directory.path());
    REQUIRE(spec.has_value());
    REQUIRE(files.has_value());
    cpu::parallel workers{2};
    const auto weights = load_decoder(*files, *spec, weight_type::keep, workers);
    REQUIRE(weights.has_value());

    const auto made = execute_on_device(emulated(), *weights, content_id{{1, 2}}, host, workers);

    if (const auto lacks = lacking.find(name); lacks != lacking.end()) {
      REQUIRE_FALSE(made.has_value());
      CHECK(made.err().code == errc::unsupported);
      CHECK(made.err().field == "engine.device");
      CHECK(made.err().text.find(lacks->second) != std::string::npos);
      continue;
    }
    REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.err().text));
    (*made)->allocate_pool(12);
    check_tokens(golden, **made);
    ++ran;
  }
  CHECK(ran == test::golden_names().size() - lacking.size());
}
