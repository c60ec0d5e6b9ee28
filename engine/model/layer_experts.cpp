// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/layer_loading.hpp"

#include <array>
#include <cstdint>

namespace troupe::engine {
namespace {

/// Where gate's and then up's rows stand among the columns of a stacked tensor.
std::int32_t stacked_column(const expert_spec& how, std::int32_t row) {
  if (how.files == expert_files::stacked) {
    return row;
  }
  return row < how.feed_forward ? 2 * row : 2 * (row - how.feed_forward) + 1;
}

std::vector<mlp_weights> load_stacked(weight_reader& from, const model_spec& spec,
                                      const std::string& prefix) {
  const auto& how = spec.experts;
  const auto count = static_cast<std::uint64_t>(how.count);
  const auto hidden = static_cast<std::uint64_t>(spec.hidden);
  const auto both = 2 * how.feed_forward;
  const auto wide = static_cast<std::uint64_t>(both);
  const bool takes_codes = how.files == expert_files::stacked_in_turns;
  from.refuse_separate(prefix + "0." + std::string{spec.names.gate} + ".weight");
  const auto gate_up =
      from.find_stacked(prefix + "gate_up_proj", how.count, spec.hidden, both, takes_codes);
  const auto down = from.find_stacked(prefix + "down_proj", how.count, how.feed_forward,
                                      spec.hidden, takes_codes);
  std::vector<float> wide_bias;
  std::vector<float> bias;
  if (how.has_bias) {
    wide_bias = from.vector(prefix + "gate_up_proj_bias", tensor_shape{count, wide});
    bias = from.vector(prefix + "down_proj_bias", tensor_shape{count, hidden});
  }
  const auto column = [&](std::int32_t row) {
    return stacked_column(how, row);
  };
  std::vector<mlp_weights> all;
  for (std::int32_t i = 0; i < how.count && !from.failure(); ++i) {
    mlp_weights one;
    const auto at = static_cast<std::size_t>(i);
    const auto wide_rows = from.of_expert(gate_up, i, spec.hidden, both, column);
    const auto rows = from.of_expert(down, i, how.feed_forward, spec.hidden,
                                     [](std::int32_t row) { return row; });
    one.gate_up = from.pack({&wide_rows, 1}, spec.hidden);
    one.down = from.pack({&rows, 1}, how.feed_forward);
    for (std::int32_t row = 0; how.has_bias && row < both; ++row) {
      one.gate_up_bias.push_back(wide_bias[at * wide + static_cast<std::size_t>(column(row))]);
    }
    for (std::size_t row = 0; how.has_bias && row < hidden; ++row) {
      one.down_bias.push_back(bias[at * hidden + row]);
    }
    all.push_back(std::move(one));
  }
  return all;
}

} // namespace

mlp_weights load_mlp(weight_reader& from, const model_spec& spec, bool is_fused,
                     const std::string& prefix, std::int32_t feed_forward) {
  const auto name = [&](std::string_view part) {
    return prefix + std::string{part} + ".weight";
  };
  const std::array gate_up{name(spec.names.gate), name(spec.names.up)};
  const std::array rows{feed_forward, feed_forward};
  const auto both = prefix + "gate_up_proj.weight";
  const auto down = name(spec.names.down);
  mlp_weights mlp;
  if (is_fused) {
    mlp.gate_up = from.matrix({&both, 1}, std::array{2 * feed_forward}, spec.hidden);
  } else {
    const std::size_t skipped = spec.is_gated ? 0 : 1;
    mlp.gate_up = from.matrix(std::span{gate_up}.subspan(skipped), std::span{rows}.subspan(skipped),
                              spec.hidden);
  }
  mlp.down = from.matrix({&down, 1}, std::array{spec.hidden}, feed_forward);
  return mlp;
}

expert_weights load_experts(weight_reader& from, const model_spec& spec,
                            const std::string& prefix) {
  const auto& how = spec.experts;
  const auto at = [&](std::string_view name) {
    return prefix + std::string{name};
  };
  expert_weights all;
  all.router = from.exact_matrix(at(spec.names.router) + ".weight", how.count, spec.hidden);
  if (how.has_bias) {
    all.router_bias = from.vector(at(spec.names.router) + ".bias", how.count);
  }
  if (how.has_choice_bias) {
    all.choice_bias = from.vector(at(spec.names.choice_bias), how.count);
  }
  if (how.files != expert_files::separate) {
    all.each = load_stacked(from, spec, at(spec.names.experts));
  }
  for (std::int32_t i = 0; how.files == expert_files::separate && i < how.count && !from.failure();
       ++i) {
    all.each.push_back(load_mlp(from, spec, false, at(spec.names.experts) + std::to_string(i) + ".",
                                how.feed_forward));
  }
  if (how.shared_feed_forward > 0) {
    all.shared = load_mlp(from, spec, false, at(spec.names.shared_expert), how.shared_feed_forward);
  }
  if (how.has_shared_gate) {
    all.shared_gate = from.exact_matrix(at(spec.names.shared_gate) + ".weight", 1, spec.hidden);
  }
  return all;
}

} // namespace troupe::engine
