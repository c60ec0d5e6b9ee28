// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/family_parts.hpp"

#include <string>

namespace troupe::engine {
namespace {

/// Layers turn by the rope unless no_rope_layers holds a 0 for them; without it every fourth, or as
/// no_rope_layer_interval says, does not.
void read_ropes(const json::object_reader& config, model_spec& spec) {
  const auto interval =
      static_cast<std::size_t>(config.integer_or("no_rope_layer_interval", 4, {1, 1 << 20}));
  const auto* listed = config.maybe_array("no_rope_layers");
  const bool is_listed = listed != nullptr && !listed->empty();
  if (is_listed && listed->size() != spec.each_layer.size()) {
    config.complain("no_rope_layers", "must have one entry for each layer");
    return;
  }
  for (std::size_t i = 0; i < spec.each_layer.size(); ++i) {
    spec.each_layer[i].has_rope = (i + 1) % interval != 0;
    if (is_listed) {
      const auto* flag = (*listed)[i].as_integer();
      if (flag == nullptr || *flag < 0 || *flag > 1) {
        config.complain("no_rope_layers", "must hold 0 or 1 for each layer");
        return;
      }
      spec.each_layer[i].has_rope = *flag == 1;
    }
  }
}

/// Layers that turn attend within chunks, unless layer_types says otherwise.
void read_chunks(const json::object_reader& config, model_spec& spec) {
  const auto chunk =
      static_cast<std::int32_t>(config.integer_or("attention_chunk_size", 8192, {1, 1 << 24}));
  const auto* types = config.maybe_array("layer_types");
  if (types != nullptr && types->size() != spec.each_layer.size()) {
    config.complain("layer_types", "must have one entry for each layer");
    return;
  }
  for (std::size_t i = 0; i < spec.each_layer.size(); ++i) {
    auto& layer = spec.each_layer[i];
    bool is_chunked = layer.has_rope;
    if (types != nullptr) {
      const auto* type = (*types)[i].as_string();
      is_chunked = type != nullptr && *type == "chunked_attention";
      if (type == nullptr || (!is_chunked && *type != "full_attention")) {
        config.complain("layer_types", "only \"chunked_attention\" and \"full_attention\" are "
                                       "supported; "
                                           + std::string{other_engine});
        return;
      }
    }
    layer.chunk = is_chunked ? chunk : 0;
  }
}

/// Those that moe_layers numbers; without it every interleave_moe_layer_step-th.
void read_expert_layers(const json::object_reader& config, model_spec& spec) {
  const auto step =
      static_cast<std::size_t>(config.integer_or("interleave_moe_layer_step", 1, {1, 1 << 20}));
  const auto* listed = config.maybe_array("moe_layers");
  for (std::size_t i = 0; listed == nullptr && i < spec.each_layer.size(); ++i) {
    spec.each_layer[i].has_experts = (i + 1) % step == 0;
  }
  for (std::size_t i = 0; listed != nullptr && i < listed->size(); ++i) {
    const auto* layer = (*listed)[i].as_integer();
    if (layer == nullptr || *layer < 0 || *layer >= spec.layers) {
      config.complain("moe_layers",
                      "must hold numbers of layers, from 0 to " + std::to_string(spec.layers - 1));
      return;
    }
    spec.each_layer[static_cast<std::size_t>(*layer)].has_experts = true;
  }
}

/// A boolean, or a number in older files.
bool has_temperature(const json::object_reader& config) {
  const auto* found = config.find("attn_temperature_tuning");
  if (found != nullptr && found->as_integer() != nullptr) {
    return *found->as_integer() != 0;
  }
  return config.boolean_or("attn_temperature_tuning", true);
}

} // namespace

void read_llama4(const json::object_reader& config, model_spec& spec) {
  read_expert_counts(config, "num_local_experts", spec);
  auto& experts = spec.experts;
  experts.feed_forward = spec.feed_forward;
  experts.shared_feed_forward = spec.feed_forward;
  experts.score = ops::route_score::sigmoid_of_chosen;
  experts.weighs_input = true;
  experts.files = expert_files::stacked;
  spec.names.mlp = "feed_forward.";
  spec.names.router = "feed_forward.router";
  spec.names.experts = "feed_forward.experts.";
  spec.names.shared_expert = "feed_forward.shared_expert.";
  spec.has_adjacent_pairs = true;
  spec.temperature = {static_cast<float>(config.number_or("attn_scale", 0.1, {0, 1e3})),
                      static_cast<float>(config.number_or("floor_scale", 8192, {1, 1e9}))};
  read_ropes(config, spec);
  read_chunks(config, spec);
  read_expert_layers(config, spec);
  const bool has_norm = config.boolean_or("use_qk_norm", true);
  const bool is_tuned = has_temperature(config);
  for (auto& layer : spec.each_layer) {
    layer.has_l2_norm = layer.has_rope && has_norm;
    layer.has_temperature = !layer.has_rope && is_tuned;
    if (!layer.has_experts) {
      spec.feed_forward =
          static_cast<std::int32_t>(config.integer("intermediate_size_mlp", {16, 1 << 20}));
    }
  }
}

} // namespace troupe::engine
