// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/rope_table.hpp"

#include <cmath>
#include <numbers>

namespace troupe::engine {
namespace {

/// Long waves are slowed by the factor, short ones kept, those between blended.
double scale_llama3(double frequency, const rope_spec& rope) {
  const double original = rope.original_context_tokens;
  const double turns = original * frequency / (2 * std::numbers::pi);
  if (turns < rope.low_freq_factor) {
    return frequency / rope.factor;
  }
  if (turns > rope.high_freq_factor || rope.high_freq_factor == rope.low_freq_factor) {
    return frequency;
  }
  const double share =
      (turns - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor);
  return (1 - share) * frequency / rope.factor + share * frequency;
}

/// The exponent and the power are rounded to fp32 before the division.
std::vector<float> frequencies_of(const model_spec& spec) {
  std::vector<float> frequencies;
  for (std::int32_t i = 0; i < spec.head_dim; i += 2) {
    const float exponent = static_cast<float>(i) / static_cast<float>(spec.head_dim);
    const auto power = static_cast<float>(std::pow(spec.rope.theta, static_cast<double>(exponent)));
    const float frequency = 1.0F / power;
    switch (spec.rope.scaling) {
      case rope_scaling::none:
        frequencies.push_back(frequency);
        break;
      case rope_scaling::linear:
        frequencies.push_back(frequency / static_cast<float>(spec.rope.factor));
        break;
      case rope_scaling::llama3:
        frequencies.push_back(
            static_cast<float>(scale_llama3(static_cast<double>(frequency), spec.rope)));
        break;
    }
  }
  return frequencies;
}

/// Rows are added in whole chunks of this many positions.
constexpr std::uint32_t chunk = 512;

} // namespace

rope_table::rope_table(const model_spec& spec) : frequencies_(frequencies_of(spec)) {
}

void rope_table::cover(std::uint32_t positions) {
  if (positions <= covered_) {
    return;
  }
  const auto wanted = (positions + chunk - 1) / chunk * chunk;
  for (; covered_ < wanted; ++covered_) {
    for (const float frequency : frequencies_) {
      const auto angle = static_cast<double>(static_cast<float>(covered_) * frequency);
      cos_.push_back(static_cast<float>(std::cos(angle)));
      sin_.push_back(static_cast<float>(std::sin(angle)));
    }
  }
}

} // namespace troupe::engine
