// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/conformance/device/on_device.hpp"
#include "test/support/golden_model.hpp"
#include "test/support/model_files.hpp"
#include "test/support/quantized_golden.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;
using namespace troupe::engine;

namespace {

double worst_logprobs(const std::string& directory, weight_type type, const token_list& prompt,
                      const std::vector<std::size_t>& positions,
                      const std::vector<std::vector<float>>& logits) {
  const auto execution = test::on_device(directory, type);
  REQUIRE_MESSAGE(execution.has_value(), (execution ? "" : execution.err().text));
  return test::worst_distance(test::logprobs_after(**execution, prompt, positions), logits);
}

} // namespace

TEST_CASE("checkpoints in codes give a device the log probabilities of the widened weights") {
  constexpr double limit = 0.02;
  for (const auto& name : test::quantized_golden_names()) {
    CAPTURE(name);
    const auto golden = test::read_quantized_golden(name);
    const test::temporary_directory directory;
    test::write_model(directory.path(), golden);

    const auto worst = worst_logprobs(directory.path(), weight_type::keep, golden.prompt,
                                      golden.positions, golden.logits);
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
    const bool has_experts = test::spec_of(directory.path()).experts.count > 0;
    for (const auto type : {weight_type::q8_0, weight_type::q4_0}) {
      const auto worst =
          worst_logprobs(directory.path(), type, golden.prompt, golden.positions, golden.fp32);
      MESSAGE(name << ": " << worst);
      const auto& limit = has_experts ? of_experts : of_dense;
      CHECK(worst <= (type == weight_type::q8_0 ? limit.q8_0 : limit.q4_0));
      ++rounded;
    }
  }
  CHECK(rounded >= 54);
}
