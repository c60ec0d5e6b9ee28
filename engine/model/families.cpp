// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/family_parts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>

namespace troupe::engine {

std::int32_t window_of(const json::object_reader& config) {
  return static_cast<std::int32_t>(config.integer_or("sliding_window", 0, {0, 1 << 24}));
}

void read_windows(const json::object_reader& config, model_spec& spec,
                  const std::function<bool(std::size_t)>& has_window) {
  const auto* types = config.maybe_array("layer_types");
  if (types != nullptr && types->size() != spec.each_layer.size()) {
    config.complain("layer_types", "must have one entry for each layer");
    return;
  }
  const auto window = window_of(config);
  for (std::size_t i = 0; i < spec.each_layer.size(); ++i) {
    bool is_sliding = has_window(i);
    if (types != nullptr) {
      const auto* type = (*types)[i].as_string();
      is_sliding = type != nullptr && *type == "sliding_attention";
      if (type == nullptr || (!is_sliding && *type != "full_attention")) {
        config.complain("layer_types", "only \"sliding_attention\" and \"full_attention\" are "
                                       "supported; "
                                           + std::string{other_engine});
        return;
      }
    }
    spec.each_layer[i].window = is_sliding ? window : 0;
  }
}

namespace {

void read_qwen_windows(const json::object_reader& config, model_spec& spec) {
  if (!config.boolean_or("use_sliding_window", false)) {
    return;
  }
  const auto first = config.integer_or("max_window_layers", 28, {0, 1 << 20});
  read_windows(config, spec, [&](std::size_t i) { return static_cast<std::int64_t>(i) >= first; });
}

} // namespace

void read_qwen2(const json::object_reader& config, model_spec& spec) {
  for (auto& layer : spec.each_layer) {
    layer.has_qkv_bias = true;
  }
  read_qwen_windows(config, spec);
}

namespace {

void read_llama(const json::object_reader& /*config*/, model_spec& /*spec*/) {
}

void read_mistral(const json::object_reader& config, model_spec& spec) {
  for (auto& layer : spec.each_layer) {
    layer.window = window_of(config);
  }
}

void read_qwen3(const json::object_reader& config, model_spec& spec) {
  for (auto& layer : spec.each_layer) {
    layer.has_qk_norm = true;
  }
  read_qwen_windows(config, spec);
}

void read_phi3(const json::object_reader& config, model_spec& spec) {
  for (auto& layer : spec.each_layer) {
    layer.is_fused = true;
    layer.window = window_of(config);
  }
}

float softcap_of(const json::object_reader& config, std::string_view name) {
  return static_cast<float>(config.number_or(name, 0, {0, 1e6}));
}

void read_gemma(const json::object_reader& config, model_spec& spec) {
  spec.is_tied = config.boolean_or("tie_word_embeddings", true);
  spec.has_norms_plus_one = true;
  spec.embed_scale = std::sqrt(static_cast<float>(spec.hidden));
  spec.query_scalar = static_cast<float>(config.number_or("query_pre_attn_scalar", 256, {1, 1e6}));
  spec.attention_softcap = softcap_of(config, "attn_logit_softcapping");
  spec.logit_softcap = softcap_of(config, "final_logit_softcapping");
  if (config.boolean_or("use_bidirectional_attention", false)) {
    config.complain("use_bidirectional_attention",
                    "true is not supported; " + std::string{other_engine});
  }
  for (auto& layer : spec.each_layer) {
    layer.has_out_norms = true;
  }
}

/// Every other layer has a window, from the first on.
void read_gemma2(const json::object_reader& config, model_spec& spec) {
  read_gemma(config, spec);
  static_cast<void>(config.integer("sliding_window", {1, 1 << 24}));
  read_windows(config, spec, [](std::size_t i) { return i % 2 == 0; });
}

/// Layers with a window turn by a rope of their own, which is never stretched.
void read_gemma3(const json::object_reader& config, model_spec& spec) {
  read_gemma(config, spec);
  const auto pattern = config.integer_or("sliding_window_pattern", 6, {1, 1 << 20});
  read_windows(config, spec,
               [&](std::size_t i) { return (static_cast<std::int64_t>(i) + 1) % pattern != 0; });
  for (auto& layer : spec.each_layer) {
    layer.has_qk_norm = true;
    layer.is_local = layer.window > 0;
  }
  const auto each = config.maybe_object("rope_parameters");
  const auto full = each ? each->maybe_object("full_attention") : std::nullopt;
  const auto local = each ? each->maybe_object("sliding_attention") : std::nullopt;
  if (full && local) {
    spec.rope = read_rope_of(*full, 1e6, spec);
    spec.local_rope = read_rope_of(*local, 1e4, spec);
    return;
  }
  if (each) {
    config.complain("rope_parameters", "must hold full_attention and sliding_attention");
    return;
  }
  spec.rope.theta = config.number_or("rope_theta", 1e6, {1, 1e12});
  spec.local_rope.theta = config.number_or("rope_local_base_freq", 1e4, {1, 1e12});
}

constexpr std::array families{
    family{.architecture = "DeepseekV3ForCausalLM",
           .model_type = "deepseek_v3",
           .read = read_deepseek_v3,
           .sizes = read_deepseek_sizes},
    family{.architecture = "FalconForCausalLM",
           .model_type = "falcon",
           .read = read_falcon,
           .act = activation::gelu,
           .sizes = read_falcon_sizes},
    family{"Gemma2ForCausalLM", "gemma2", read_gemma2, activation::gelu_tanh},
    family{"Gemma3ForCausalLM", "gemma3_text", read_gemma3, activation::gelu_tanh},
    family{"Gemma3ForConditionalGeneration", "gemma3", read_gemma3, activation::gelu_tanh, true},
    family{.architecture = "GptOssForCausalLM",
           .model_type = "gpt_oss",
           .read = read_gpt_oss,
           .act = activation::swiglu_oai,
           .may_have_biases = true},
    family{"Llama4ForCausalLM", "llama4_text", read_llama4},
    family{"Llama4ForConditionalGeneration", "llama4", read_llama4, activation::silu, true},
    family{"LlamaForCausalLM", "llama", read_llama},
    family{"MistralForCausalLM", "mistral", read_mistral},
    family{"MixtralForCausalLM", "mixtral", read_mixtral},
    family{"Phi3ForCausalLM", "phi3", read_phi3, activation::silu, false, true},
    family{"Qwen2ForCausalLM", "qwen2", read_qwen2},
    family{"Qwen2MoeForCausalLM", "qwen2_moe", read_qwen2_moe},
    family{"Qwen3ForCausalLM", "qwen3", read_qwen3},
    family{"Qwen3MoeForCausalLM", "qwen3_moe", read_qwen3_moe},
};

} // namespace

const family* find_family(std::string_view architecture) {
  const auto* found = std::ranges::find(families, architecture, &family::architecture);
  return found != families.end() ? found : nullptr;
}

const family* find_family_by_type(std::string_view model_type) {
  const auto* found = std::ranges::find(families, model_type, &family::model_type);
  return found != families.end() ? found : nullptr;
}

} // namespace troupe::engine
