// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/family_parts.hpp"

#include <string>

namespace troupe::engine {

/// Older ones share one kv head or have one for each query head; newer ones say how many.
void read_falcon_sizes(const json::object_reader& config, const family& /*of*/, model_spec& spec) {
  spec.feed_forward = static_cast<std::int32_t>(
      config.integer_or("ffn_hidden_size", 4 * std::int64_t{spec.hidden}, {16, 1 << 20}));
  spec.context_tokens_max =
      static_cast<std::uint32_t>(config.integer_or("max_position_embeddings", 2048, context_range));
  spec.norm_eps = static_cast<float>(config.number_or("layer_norm_epsilon", 1e-5, {0, 1}));
  spec.kv_heads = spec.heads;
  if (config.boolean_or("new_decoder_architecture", false)) {
    spec.kv_heads =
        static_cast<std::int32_t>(config.integer_or("num_kv_heads", spec.heads, {1, spec.heads}));
  } else if (config.boolean_or("multi_query", true)) {
    spec.kv_heads = 1;
  }
  spec.head_dim = spec.hidden / spec.heads;
  spec.rotary_dim = spec.head_dim;
  if (spec.head_dim * spec.heads != spec.hidden) {
    config.complain("num_attention_heads", "must divide hidden_size");
  }
}

void read_falcon(const json::object_reader& config, model_spec& spec) {
  for (const std::string_view name : {"alibi", "bias"}) {
    if (config.boolean_or(name, false)) {
      config.complain(name, "true is not supported; " + std::string{other_engine});
    }
  }
  if (!config.boolean_or("parallel_attn", true)) {
    config.complain("parallel_attn", "false is not supported; " + std::string{other_engine});
  }
  const bool is_new = config.boolean_or("new_decoder_architecture", false);
  const auto norms = config.integer_or("num_ln_in_parallel_attn", is_new ? 2 : 1, {1, 2});
  if (!is_new && norms == 2) {
    config.complain("num_ln_in_parallel_attn", "may be 2 only in the new decoder architecture");
  }
  spec.is_tied = config.boolean_or("tie_word_embeddings", true);
  spec.is_gated = false;
  spec.has_layer_norms = true;
  spec.names = {.embedding = "word_embeddings",
                .layers = "h.",
                .final_norm = "ln_f",
                .input_norm = norms == 2 ? "ln_attn" : "input_layernorm",
                .post_norm = norms == 2 ? "ln_mlp" : "input_layernorm",
                .qkv = "self_attention.query_key_value",
                .attention_out = "self_attention.dense",
                .up = "dense_h_to_4h",
                .down = "dense_4h_to_h"};
  for (auto& layer : spec.each_layer) {
    layer.is_grouped = true;
    layer.is_parallel = true;
  }
}

} // namespace troupe::engine
