// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/rope_table.hpp"

#include <algorithm>
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

/// The pair, possibly between two, whose wave turns `turns` times in the original context.
double pair_that_turns(double turns, const rope_spec& rope, std::int32_t dim) {
  return dim * std::log(rope.original_context_tokens / (turns * 2 * std::numbers::pi))
         / (2 * std::log(rope.theta));
}

/// How far each pair's wave is slowed by the factor: 0 for short waves, 1 for long ones.
std::vector<float> yarn_ramp(const rope_spec& rope, std::int32_t dim) {
  double low = pair_that_turns(rope.beta_fast, rope, dim);
  double high = pair_that_turns(rope.beta_slow, rope, dim);
  if (rope.has_whole_range) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, dim - 1.0);
  high = low == high ? high + 0.001 : high;
  std::vector<float> ramp;
  for (std::int32_t i = 0; i < dim / 2; ++i) {
    ramp.push_back(static_cast<float>(std::clamp((i - low) / (high - low), 0.0, 1.0)));
  }
  return ramp;
}

/// The exponent and the power are rounded to fp32 before the division.
std::vector<float> frequencies_of(const rope_spec& rope, std::int32_t dim) {
  const auto ramp =
      rope.scaling == rope_scaling::yarn ? yarn_ramp(rope, dim) : std::vector<float>{};
  std::vector<float> frequencies;
  for (std::int32_t i = 0; i < dim; i += 2) {
    const float exponent = static_cast<float>(i) / static_cast<float>(dim);
    const auto power = static_cast<float>(std::pow(rope.theta, static_cast<double>(exponent)));
    const float frequency = 1.0F / power;
    const auto factor = static_cast<float>(rope.factor);
    switch (rope.scaling) {
      case rope_scaling::none:
        frequencies.push_back(frequency);
        break;
      case rope_scaling::linear:
        frequencies.push_back(frequency / factor);
        break;
      case rope_scaling::llama3:
        frequencies.push_back(
            static_cast<float>(scale_llama3(static_cast<double>(frequency), rope)));
        break;
      case rope_scaling::yarn: {
        const float slowed = ramp[static_cast<std::size_t>(i / 2)];
        frequencies.push_back(1.0F / (factor * power) * slowed + frequency * (1.0F - slowed));
        break;
      }
      case rope_scaling::longrope: {
        const double slowed = rope.pair_factors[static_cast<std::size_t>(i / 2)];
        frequencies.push_back(1.0F / (static_cast<float>(slowed) * power));
        break;
      }
    }
  }
  return frequencies;
}

/// Rows are added in whole chunks of this many positions.
constexpr std::uint32_t chunk = 512;

} // namespace

rope_table::rope_table(const rope_spec& rope, std::int32_t rotary_dim)
    : frequencies_(frequencies_of(rope, rotary_dim)), gain_(static_cast<float>(rope.gain)) {
}

void rope_table::cover(std::uint32_t positions) {
  if (positions <= covered_) {
    return;
  }
  const auto wanted = (positions + chunk - 1) / chunk * chunk;
  for (; covered_ < wanted; ++covered_) {
    for (const float frequency : frequencies_) {
      const auto angle = static_cast<double>(static_cast<float>(covered_) * frequency);
      cos_.push_back(static_cast<float>(std::cos(angle)) * gain_);
      sin_.push_back(static_cast<float>(std::sin(angle)) * gain_);
    }
  }
}

} // namespace troupe::engine
