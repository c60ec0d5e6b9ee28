// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/ops/swiglu_oai.hpp"
#include "engine/model/family_parts.hpp"

#include <string>

namespace troupe::engine {

void read_expert_counts(const json::object_reader& config, std::string_view count,
                        model_spec& spec) {
  auto& experts = spec.experts;
  experts.count = static_cast<std::int32_t>(config.integer(count, {1, ops::experts_max}));
  const json::integer_range choice{1, experts.count > 0 ? experts.count : 1};
  experts.chosen = static_cast<std::int32_t>(config.integer("num_experts_per_tok", choice));
}

namespace {

constexpr json::integer_range feed_forward_range{1, 1 << 20};

/// Layers whose number is not in mlp_only_layers and counts up to a whole decoder_sparse_step.
void read_sparse_layers(const json::object_reader& config, model_spec& spec) {
  const auto step =
      static_cast<std::size_t>(config.integer_or("decoder_sparse_step", 1, {1, 1 << 20}));
  for (std::size_t i = 0; i < spec.each_layer.size(); ++i) {
    spec.each_layer[i].has_experts = (i + 1) % step == 0;
  }
  const auto* dense = config.maybe_array("mlp_only_layers");
  for (std::size_t i = 0; dense != nullptr && i < dense->size(); ++i) {
    const auto layer = (*dense)[i].as_integer();
    if (!layer || *layer < 0 || *layer >= spec.layers) {
      config.complain("mlp_only_layers",
                      "must hold numbers of layers, from 0 to " + std::to_string(spec.layers - 1));
      return;
    }
    spec.each_layer[static_cast<std::size_t>(*layer)].has_experts = false;
  }
}

void read_qwen_experts(const json::object_reader& config, model_spec& spec) {
  const bool is_old = config.find("num_experts") != nullptr;
  read_expert_counts(config, is_old ? "num_experts" : "num_local_experts", spec);
  spec.experts.feed_forward =
      static_cast<std::int32_t>(config.integer("moe_intermediate_size", feed_forward_range));
  spec.experts.is_normalized = config.boolean_or("norm_topk_prob", false);
  read_sparse_layers(config, spec);
}

} // namespace

/// A softmax over all whose best are normalized is one over the best.
void read_mixtral(const json::object_reader& config, model_spec& spec) {
  read_expert_counts(config, "num_local_experts", spec);
  spec.experts.feed_forward = spec.feed_forward;
  spec.experts.is_normalized = true;
  spec.names.router = "block_sparse_moe.gate";
  spec.names.experts = "block_sparse_moe.experts.";
  spec.names.gate = "w1";
  spec.names.up = "w3";
  spec.names.down = "w2";
  for (auto& layer : spec.each_layer) {
    layer.has_experts = true;
    layer.window = window_of(config);
  }
}

void read_qwen2_moe(const json::object_reader& config, model_spec& spec) {
  read_qwen2(config, spec);
  for (auto& layer : spec.each_layer) {
    layer.has_qkv_bias = config.boolean_or("qkv_bias", true);
  }
  read_qwen_experts(config, spec);
  spec.experts.shared_feed_forward = static_cast<std::int32_t>(
      config.integer("shared_expert_intermediate_size", feed_forward_range));
  spec.experts.has_shared_gate = true;
}

void read_qwen3_moe(const json::object_reader& config, model_spec& spec) {
  const auto window = config.boolean_or("use_sliding_window", false) ? window_of(config) : 0;
  for (auto& layer : spec.each_layer) {
    layer.has_qk_norm = true;
    layer.window = window;
  }
  read_qwen_experts(config, spec);
}

/// Its experts are as wide as intermediate_size says; every tensor of attention and experts has a
/// bias, and layers alternate between a window and all keys.
void read_gpt_oss(const json::object_reader& config, model_spec& spec) {
  read_expert_counts(config, "num_local_experts", spec);
  auto& experts = spec.experts;
  experts.feed_forward = spec.feed_forward;
  experts.score = ops::route_score::softmax_of_chosen;
  experts.files = expert_files::stacked_in_turns;
  experts.has_bias = true;
  spec.names.router = "mlp.router";
  const bool has_bias = config.boolean_or("attention_bias", true);
  for (auto& layer : spec.each_layer) {
    layer.has_experts = true;
    layer.has_sinks = true;
    layer.has_qkv_bias = has_bias;
    layer.has_out_bias = has_bias;
  }
  static_cast<void>(config.integer("sliding_window", {1, 1 << 24}));
  read_windows(config, spec, [](std::size_t i) { return i % 2 == 0; });
  constexpr double limit = ops::swiglu_oai_limit;
  if (config.number_or("swiglu_limit", limit) != limit) {
    config.complain("swiglu_limit", "only 7 is supported; " + std::string{other_engine});
  }
}

} // namespace troupe::engine
