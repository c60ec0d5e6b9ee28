// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/config_parts.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace troupe::engine {
namespace {

constexpr json::number_range factor_range{1e-3, 1e6};

void read_llama3(const json::object_reader& from, rope_spec& rope) {
  rope.low_freq_factor = from.number("low_freq_factor", factor_range);
  rope.high_freq_factor = from.number("high_freq_factor", factor_range);
  if (rope.high_freq_factor < rope.low_freq_factor) {
    from.complain("high_freq_factor", "must not be below low_freq_factor");
  }
}

double gain_of(double factor, double scale) {
  return factor <= 1 ? 1 : 0.1 * scale * std::log(factor) + 1;
}

void read_yarn(const json::object_reader& from, rope_spec& rope) {
  if (rope.theta <= 1) {
    from.complain("rope_theta", "must be above 1, since yarn divides by its logarithm");
    return;
  }
  rope.beta_fast = from.number_or("beta_fast", rope.beta_fast, factor_range);
  rope.beta_slow = from.number_or("beta_slow", rope.beta_slow, factor_range);
  rope.has_whole_range = from.boolean_or("truncate", true);
  const auto scale = from.number_or("mscale", 0, {0, 1e3});
  const auto scale_all = from.number_or("mscale_all_dim", 0, {0, 1e3});
  const auto gain = scale > 0 && scale_all > 0
                        ? gain_of(rope.factor, scale) / gain_of(rope.factor, scale_all)
                        : gain_of(rope.factor, 1);
  rope.gain = from.number_or("attention_factor", gain, factor_range);
  rope.gain_of_all = scale_all > 0 ? gain_of(rope.factor, scale_all) : 1;
}

void read_longrope(const json::object_reader& from, const model_spec& spec, rope_spec& rope) {
  const double original = std::max<double>(rope.original_context_tokens, 2);
  const bool is_long = spec.context_tokens_max > rope.original_context_tokens;
  const std::string_view name = is_long ? "long_factor" : "short_factor";
  for (const auto& item : from.array(name)) {
    rope.pair_factors.push_back(item.as_number().value_or(0));
    if (rope.pair_factors.back() < factor_range.min
        || rope.pair_factors.back() > factor_range.max) {
      from.complain(name, "must hold numbers from 0.001 to 1000000");
      return;
    }
  }
  if (rope.pair_factors.size() != static_cast<std::size_t>(spec.rotary_dim / 2)) {
    from.complain(name, "must hold " + std::to_string(spec.rotary_dim / 2) + " numbers");
    return;
  }
  const double factor = from.number_or("factor", spec.context_tokens_max / original, factor_range);
  const double gain = factor <= 1 ? 1 : std::sqrt(1 + std::log(factor) / std::log(original));
  rope.gain = from.number_or("attention_factor", gain, factor_range);
}

/// `from` is rope_scaling or rope_parameters.
void read_scaling(const json::object_reader& from, const model_spec& spec, rope_spec& rope) {
  const auto old_name = from.string_or("type", "default");
  const auto type = from.string_or("rope_type", old_name);
  if (type == "default" || type == "mrope") {
    return;
  }
  if (type == "linear") {
    rope.scaling = rope_scaling::linear;
  } else if (type == "llama3") {
    rope.scaling = rope_scaling::llama3;
  } else if (type == "yarn") {
    rope.scaling = rope_scaling::yarn;
  } else if (type == "longrope" || type == "su") {
    rope.scaling = rope_scaling::longrope;
    rope.original_context_tokens = static_cast<std::uint32_t>(from.integer_or(
        "original_max_position_embeddings", rope.original_context_tokens, {2, 1 << 24}));
    read_longrope(from, spec, rope);
    return;
  } else {
    from.complain("rope_type", "\"" + type + "\" is not supported; " + std::string{other_engine});
    return;
  }
  rope.factor = from.number("factor", factor_range);
  rope.original_context_tokens = static_cast<std::uint32_t>(from.integer_or(
      "original_max_position_embeddings", rope.original_context_tokens, context_range));
  if (rope.scaling == rope_scaling::llama3) {
    read_llama3(from, rope);
  } else if (rope.scaling == rope_scaling::yarn) {
    read_yarn(from, rope);
  }
}

} // namespace

rope_spec read_rope(const json::object_reader& config, const model_spec& spec) {
  constexpr json::number_range theta_range{1, 1e12};
  rope_spec rope;
  rope.original_context_tokens = static_cast<std::uint32_t>(config.integer_or(
      "original_max_position_embeddings", spec.context_tokens_max, context_range));
  const auto parameters = config.maybe_object("rope_parameters");
  if (parameters) {
    rope.theta = parameters->number_or(
        "rope_theta", config.number_or("rope_theta", rope.theta, theta_range), theta_range);
    read_scaling(*parameters, spec, rope);
    return rope;
  }
  rope.theta = config.number_or("rope_theta", rope.theta, theta_range);
  if (const auto scaling = config.maybe_object("rope_scaling")) {
    read_scaling(*scaling, spec, rope);
  }
  return rope;
}

rope_spec read_rope_of(const json::object_reader& from, double theta, const model_spec& spec) {
  rope_spec rope;
  rope.original_context_tokens = spec.context_tokens_max;
  rope.theta = from.number_or("rope_theta", theta, {1, 1e12});
  read_scaling(from, spec, rope);
  return rope;
}

double rotary_share(const json::object_reader& config) {
  constexpr json::number_range share_range{0, 1};
  const double share = config.number_or("partial_rotary_factor", 1, share_range);
  const auto parameters = config.maybe_object("rope_parameters");
  return parameters ? parameters->number_or("partial_rotary_factor", share, share_range) : share;
}

} // namespace troupe::engine
