// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/device_execution.hpp"
#include "engine/model/checkpoint.hpp"
#include "engine/model/config.hpp"
#include "messages/vocab/block_naming.hpp"
#include "test/conformance/support/step_runner.hpp"
#include "test/support/golden_model.hpp"
#include "test/support/model_files.hpp"
#include "test/support/quantized_golden.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace troupe;
using namespace troupe::engine;

namespace {

constexpr host_options host{
    .pool_bytes = std::size_t{8} << 20U, .step_tokens_max = 64, .sequences_max = 4};

model_spec spec_of(const std::string& directory) {
  const auto config = read_json_file(directory + "/config.json");
  REQUIRE(config.has_value());
  const auto spec = read_config(*config, "config.json");
  REQUIRE(spec.has_value());
  return *spec;
}

std::unique_ptr<executor> on_device(const std::string& directory, weight_type type) {
  const auto files = checkpoint::open(directory);
  REQUIRE(files.has_value());
  cpu::parallel workers{2};
  const auto weights = load_decoder(*files, spec_of(directory), type, workers);
  REQUIRE_MESSAGE(weights.has_value(), (weights ? "" : weights.err().text));
  auto library = cuda_library::open({TROUPE_CUDA_LIBRARY});
  REQUIRE_MESSAGE(library.has_value(), (library ? "" : library.err().text));
  auto made = execute_on_device(*std::move(library), *weights, content_id{{1, 2}}, host, workers);
  REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.err().text));
  (*made)->allocate_pool(12 * (*made)->traits().groups.pages());
  return *std::move(made);
}

/// Of the likeliest tokens after each golden position, how far their log probabilities are from
/// those of the golden logits, relative to these.
double worst_logprobs(executor& execution, const token_list& prompt,
                      const std::vector<std::size_t>& positions,
                      const std::vector<std::vector<float>>& logits) {
  const auto pages = execution.traits().groups.pages();
  test::runner_sequence s{prompt, test::slots_from(1, prompt.size(), pages), 0};
  double worst = 0;
  for (std::size_t i = 0; i < positions.size() && positions[i] < prompt.size(); ++i) {
    const auto end = static_cast<std::uint32_t>(positions[i]) + 1;
    step_plan plan;
    plan.rows.push_back(test::row_of(s, end - s.computed));
    plan.rows.front().wants_token = true;
    plan.rows.front().how.logprobs = true;
    plan.rows.front().how.top_logprobs = limits::top_logprobs_max;
    step_output out;
    execution.execute(plan, out);
    s.computed = end;
    REQUIRE(out.logprobs.size() == 1);
    REQUIRE(out.logprobs.front().top.size() == limits::top_logprobs_max);
    const auto largest = std::ranges::max(logits[i]);
    double total = 0;
    for (const float one : logits[i]) {
      total += std::exp(static_cast<double>(one) - largest);
    }
    double difference = 0;
    double length = 0;
    for (const auto& one : out.logprobs.front().top) {
      const auto expected = static_cast<double>(logits[i][one.token]) - largest - std::log(total);
      difference += std::pow(one.logprob - expected, 2);
      length += std::pow(expected, 2);
    }
    worst = std::max(worst, std::sqrt(difference / length));
  }
  return worst;
}

} // namespace

TEST_CASE("checkpoints in codes give a device the log probabilities of the widened weights") {
  constexpr double limit = 0.02;
  for (const auto& name : test::quantized_golden_names()) {
    CAPTURE(name);
    const auto golden = test::read_quantized_golden(name);
    const test::temporary_directory directory;
    test::write_model(directory.path(), golden);

    const auto execution = on_device(directory.path(), weight_type::keep);

    const auto worst = worst_logprobs(*execution, golden.prompt, golden.positions, golden.logits);
    MESSAGE(name << ": " << worst);
    CHECK(worst <= limit);
  }
}

TEST_CASE("weights that are rounded to blocks stay near those of the files on a device") {
  // Where rows choose experts, another choice moves more than rounding does.
  struct allowed {
    double q8_0;
    double q4_0;
  };
  constexpr allowed of_dense{0.03, 0.25};
  constexpr allowed of_experts{0.15, 0.4};
  std::size_t rounded = 0;
  for (const auto& name : test::golden_names()) {
    CAPTURE(name);
    const auto golden = test::read_golden(name);
    const test::temporary_directory directory;
    test::write_golden(directory.path(), golden, "BF16");
    const bool has_experts = spec_of(directory.path()).experts.count > 0;
    for (const auto type : {weight_type::q8_0, weight_type::q4_0}) {
      const auto execution = on_device(directory.path(), type);
      const auto worst = worst_logprobs(*execution, golden.prompt, golden.positions, golden.fp32);
      MESSAGE(name << ": " << worst);
      const auto& limit = has_experts ? of_experts : of_dense;
      CHECK(worst <= (type == weight_type::q8_0 ? limit.q8_0 : limit.q4_0));
      ++rounded;
    }
  }
  CHECK(rounded >= 54);
}
