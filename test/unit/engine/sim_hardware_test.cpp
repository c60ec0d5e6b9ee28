// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sim/sim_hardware.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace troupe::engine::test {

namespace {

double decode_ms(std::string_view name, std::size_t sequences, std::uint32_t context) {
  const token_list tokens(1);
  step_plan plan;
  for (std::size_t at = 0; at < sequences; ++at) {
    plan.rows.push_back({.tokens = tokens, .first_position = context - 1});
  }
  return std::chrono::duration<double, std::milli>((*parse_sim_hardware(name)).step_cost(plan))
      .count();
}

double prefill_ms(std::string_view name, std::size_t count, std::size_t chunk) {
  const token_list tokens(chunk);
  const auto hardware = *parse_sim_hardware(name);
  double sum = 0;
  for (std::size_t at = 0; at < count; at += chunk) {
    step_plan plan;
    plan.rows.push_back({.tokens = tokens, .first_position = static_cast<std::uint32_t>(at)});
    sum += std::chrono::duration<double, std::milli>(hardware.step_cost(plan)).count();
  }
  return sum;
}

} // namespace

TEST_CASE("the cost of decode steps is that of the measured table") {
  constexpr auto tp4 = "sim:llama-70b-fp8@h200x4";
  CHECK(decode_ms(tp4, 1, 1) == doctest::Approx(9.5).epsilon(0.02));
  CHECK(decode_ms(tp4, 32, 2048) == doctest::Approx(11.3).epsilon(0.02));
  CHECK(decode_ms(tp4, 128, 2048) == doctest::Approx(17.7).epsilon(0.02));
  CHECK(decode_ms("sim:llama-70b-fp8@h200x8", 128, 2048) == doctest::Approx(13.1).epsilon(0.02));
}

TEST_CASE("the cost of prefill is that of the measured table") {
  constexpr auto tp4 = "sim:llama-70b-fp8@h200x4";
  CHECK(prefill_ms(tp4, 8192, 8192) == doctest::Approx(447).epsilon(0.03));
  CHECK(prefill_ms(tp4, 32'768, 8192) == doctest::Approx(2160).epsilon(0.05));
}

TEST_CASE("the pool is what the weights leave of the memory") {
  const auto blocks = (*parse_sim_hardware("sim:llama-70b-fp8@h200x4")).pool_blocks();
  CHECK(blocks * 16.0 == doctest::Approx(1.337e6).epsilon(0.01));
}

TEST_CASE("an unknown engine is refused with those that are known") {
  for (const auto* name : {"sim:", "sim:llama-70b-fp8", "sim:llama-70b-fp8@h200x3", "fast",
                           "sim:llama-70b-fp8@x4", "sim:gpt@h200x4", "sim:llama-70b-fp8@h200x"}) {
    const auto parsed = parse_sim_hardware(name);
    REQUIRE(!parsed);
    CHECK(parsed.err().code == errc::invalid_value);
    CHECK(parsed.err().text.find("llama-8b-bf16") != std::string::npos);
  }
  CHECK(!parse_sim_hardware("sim:llama-70b-bf16@h100x1"));
  CHECK(parse_sim_hardware("sim:fast"));
  CHECK(parse_sim_hardware("sim:tiny"));
}

} // namespace troupe::engine::test
