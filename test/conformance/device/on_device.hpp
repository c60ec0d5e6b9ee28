// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/device_execution.hpp"
#include "engine/model/checkpoint.hpp"
#include "engine/model/config.hpp"
#include "messages/vocab/block_naming.hpp"
#include "test/conformance/support/step_runner.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Models on the emulated grid, through the library, as the program loads it.
namespace troupe::test {

inline engine::model_spec spec_of(const std::string& directory) {
  const auto config = engine::read_json_file(directory + "/config.json");
  REQUIRE(config.has_value());
  const auto spec = engine::read_config(*config, "config.json");
  REQUIRE(spec.has_value());
  return *spec;
}

inline constexpr std::size_t device_pool_bytes = std::size_t{1} << 20U;

/// Requires: a model that the CPU loads. Errors: execute_on_device's.
inline result<std::unique_ptr<engine::executor>> on_device(const std::string& directory,
                                                           engine::weight_type type,
                                                           std::int32_t ranks = 1,
                                                           bool shares_out_experts = false,
                                                           bool keeps_fp8 = false) {
  constexpr engine::host_options host{
      .pool_bytes = device_pool_bytes, .step_tokens_max = 64, .sequences_max = 4};
  const auto files = engine::checkpoint::open(directory);
  REQUIRE(files.has_value());
  engine::cpu::parallel workers{2};
  const auto weights = engine::load_decoder(*files, spec_of(directory), type, workers);
  REQUIRE_MESSAGE(weights.has_value(), (weights ? "" : weights.err().text));
  auto library = cuda_library::open({TROUPE_CUDA_LIBRARY});
  REQUIRE_MESSAGE(library.has_value(), (library ? "" : library.err().text));
  auto made = execute_on_device(*std::move(library), *weights, content_id{{1, 2}},
                                {host, ranks, shares_out_experts, keeps_fp8}, workers);
  if (made) {
    (*made)->allocate_pool(12 * (*made)->traits().groups.pages());
  }
  return made;
}

using ranking = std::vector<ranked_token>;

/// The likeliest tokens after each of these positions of a prompt.
inline std::vector<ranking> logprobs_after(engine::executor& execution, const token_list& prompt,
                                           const std::vector<std::size_t>& positions) {
  const auto pages = execution.traits().groups.pages();
  runner_sequence s{prompt, slots_from(1, prompt.size(), pages), 0};
  std::vector<ranking> all;
  for (const auto position : positions) {
    if (position >= prompt.size()) {
      break;
    }
    const auto end = static_cast<std::uint32_t>(position) + 1;
    engine::step_plan plan;
    plan.rows.push_back(row_of(s, end - s.computed));
    plan.rows.front().wants_token = true;
    plan.rows.front().how.logprobs = true;
    plan.rows.front().how.top_logprobs = limits::top_logprobs_max;
    engine::step_output out;
    execution.execute(plan, out);
    s.computed = end;
    REQUIRE(out.logprobs.size() == 1);
    REQUIRE(out.logprobs.front().top.size() == limits::top_logprobs_max);
    all.push_back(out.logprobs.front().top);
  }
  return all;
}

/// Relative L2 distance of numbers from what is expected.
inline double distance(const std::vector<std::pair<double, double>>& got_and_expected) {
  double difference = 0;
  double length = 0;
  for (const auto& [got, expected] : got_and_expected) {
    difference += std::pow(got - expected, 2);
    length += std::pow(expected, 2);
  }
  return std::sqrt(difference / length);
}

/// The worst over all positions, of log probabilities by rank.
inline double worst_distance(const std::vector<ranking>& got,
                             const std::vector<ranking>& expected) {
  REQUIRE(got.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    std::vector<std::pair<double, double>> pairs;
    for (std::size_t n = 0; n < got[i].size(); ++n) {
      pairs.emplace_back(got[i][n].logprob, expected[i][n].logprob);
    }
    worst = std::max(worst, distance(pairs));
  }
  return worst;
}

/// The same against logits, by token.
inline double worst_distance(const std::vector<ranking>& got,
                             const std::vector<std::vector<float>>& logits) {
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const auto largest = std::ranges::max(logits[i]);
    double total = 0;
    for (const float one : logits[i]) {
      total += std::exp(static_cast<double>(one) - largest);
    }
    std::vector<std::pair<double, double>> pairs;
    for (const auto& one : got[i]) {
      pairs.emplace_back(one.logprob,
                         static_cast<double>(logits[i][one.token]) - largest - std::log(total));
    }
    worst = std::max(worst, distance(pairs));
  }
  return worst;
}

} // namespace troupe::test
