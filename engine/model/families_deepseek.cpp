// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/ops/paged_attention.hpp"
#include "engine/model/family_parts.hpp"

#include <cmath>
#include <string>

namespace troupe::engine {
namespace {

std::int32_t dim_of(const json::object_reader& config, std::string_view name) {
  return static_cast<std::int32_t>(config.integer(name, {1, 1 << 12}));
}

/// Runs of experts that are chosen before experts are.
void read_groups(const json::object_reader& config, expert_spec& experts) {
  experts.groups = static_cast<std::int32_t>(config.integer_or("n_group", 1, {1, experts.count}));
  experts.groups_chosen = static_cast<std::int32_t>(
      config.integer_or("topk_group", experts.groups, {1, experts.groups}));
  if (config.wrong().first()) {
    return;
  }
  const auto length = experts.count / experts.groups;
  if (experts.count % experts.groups != 0 || (experts.groups > 1 && length < 2)) {
    config.complain("n_group", "must divide n_routed_experts into groups of at least 2");
  } else if (experts.chosen > length * experts.groups_chosen) {
    config.complain("topk_group", "must leave at least num_experts_per_tok experts");
  }
}

void refuse_other_routing(const json::object_reader& config) {
  const auto expect = [&](std::string_view name, std::string_view only) {
    const auto got = config.string_or(name, only);
    if (got != only) {
      config.complain(name, "\"" + got + "\" is not supported; " + std::string{other_engine});
    }
  };
  expect("scoring_func", "sigmoid");
  expect("topk_method", "noaux_tc");
  if (config.integer_or("moe_layer_freq", 1) != 1) {
    config.complain("moe_layer_freq", "only 1 is supported; " + std::string{other_engine});
  }
}

} // namespace

/// Its cache has one kv head: the latent row, then the part of the key that the rope turns. What
/// head_dim says in newer files is that part, so it is not read.
void read_deepseek_sizes(const json::object_reader& config, const family& /*of*/,
                         model_spec& spec) {
  auto& latent = spec.latent;
  spec.feed_forward = static_cast<std::int32_t>(config.integer("intermediate_size", {16, 1 << 20}));
  spec.context_tokens_max =
      static_cast<std::uint32_t>(config.integer("max_position_embeddings", context_range));
  spec.norm_eps = static_cast<float>(config.number_or("rms_norm_eps", 1e-6, {0, 1}));
  latent.kv_rank =
      static_cast<std::int32_t>(config.integer("kv_lora_rank", {16, ops::shared_dim_max}));
  latent.query_rank = static_cast<std::int32_t>(config.integer_or("q_lora_rank", 0, {0, 1 << 17}));
  latent.plain_dim = dim_of(config, "qk_nope_head_dim");
  latent.rope_dim = dim_of(config, "qk_rope_head_dim");
  latent.value_dim = dim_of(config, "v_head_dim");
  if (latent.kv_rank % 16 != 0) {
    config.complain("kv_lora_rank", "must be a multiple of 16");
  }
  if (latent.rope_dim % 16 != 0 || latent.kv_rank + latent.rope_dim > ops::head_dim_max) {
    config.complain("qk_rope_head_dim", "must be a multiple of 16 and with kv_lora_rank at most "
                                            + std::to_string(ops::head_dim_max));
  }
  if (spec.heads > ops::head_group_max) {
    config.complain("num_attention_heads",
                    "must be at most " + std::to_string(ops::head_group_max));
  }
  spec.kv_heads = 1;
  spec.head_dim = latent.kv_rank + latent.rope_dim;
  spec.rotary_dim = latent.rope_dim;
}

void read_deepseek_v3(const json::object_reader& config, model_spec& spec) {
  constexpr json::integer_range feed_forward_range{1, 1 << 20};
  auto& experts = spec.experts;
  read_expert_counts(config, "n_routed_experts", spec);
  refuse_other_routing(config);
  experts.feed_forward =
      static_cast<std::int32_t>(config.integer("moe_intermediate_size", feed_forward_range));
  const auto shared = static_cast<std::int32_t>(config.integer_or("n_shared_experts", 0, {0, 64}));
  experts.shared_feed_forward = shared * experts.feed_forward;
  experts.score = ops::route_score::sigmoid;
  experts.is_normalized = config.boolean_or("norm_topk_prob", true);
  experts.scale = static_cast<float>(config.number_or("routed_scaling_factor", 1, {1e-3, 1e3}));
  experts.has_choice_bias = true;
  if (!config.wrong().first()) {
    read_groups(config, experts);
  }
  spec.names.shared_expert = "mlp.shared_experts.";
  spec.has_adjacent_pairs = config.boolean_or("rope_interleave", true);
  const auto dense = config.integer_or("first_k_dense_replace", 0, {0, spec.layers});
  for (auto i = static_cast<std::size_t>(dense); i < spec.each_layer.size(); ++i) {
    spec.each_layer[i].has_experts = true;
  }
  const auto dim = spec.latent.plain_dim + spec.latent.rope_dim;
  spec.query_scalar = static_cast<float>(dim / std::pow(spec.rope.gain_of_all, 4));
}

} // namespace troupe::engine
