// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/route.hpp"
#include "engine/model/tensor_names.hpp"

#include <cstdint>
#include <vector>

namespace troupe::engine {

enum class rope_scaling : std::uint8_t { none, linear, llama3, yarn, longrope };

/// Rotary embedding: the base and how long contexts stretch it.
/// Source: Hugging Face's config.json, in both its dialects; Peng et al. 2023 (yarn);
/// Ding et al. 2024 (longrope).
struct rope_spec {
  double theta = 10000;
  rope_scaling scaling = rope_scaling::none;
  double factor = 1;                            ///< linear, llama3, yarn.
  double low_freq_factor = 1;                   ///< llama3.
  double high_freq_factor = 4;                  ///< llama3; >= low_freq_factor.
  std::uint32_t original_context_tokens = 8192; ///< llama3, yarn.
  double beta_fast = 32;                        ///< yarn: turns above which a wave is kept,
  double beta_slow = 1;                         ///< and below which it is slowed by the factor.
  bool has_whole_range = true;                  ///< yarn: the band between is of whole pairs.
  std::vector<double> pair_factors;             ///< longrope: by how much each pair is slowed.
  double gain = 1;                              ///< Of cosines and sines.
  double gain_of_all = 1; ///< yarn: of mscale_all_dim; a DeepSeek's scores get its square.
};

enum class activation : std::uint8_t { silu, gelu_tanh, swiglu_oai, gelu };

/// Experts stand in tensors of their own, or all in one as [count, inputs, outputs]: gate before
/// up, or in turns.
enum class expert_files : std::uint8_t { separate, stacked, stacked_in_turns };

/// How the rows of the MLP layers that have experts find theirs. All 0 where no layer has any.
struct expert_spec {
  std::int32_t count = 0;
  std::int32_t chosen = 0; ///< By each row; 1..count.
  std::int32_t feed_forward = 0;
  std::int32_t shared_feed_forward = 0; ///< Of an expert that every row visits; 0: none.
  bool has_shared_gate = false;         ///< Its share is a sigmoid of the row; else 1.
  ops::route_score score = ops::route_score::softmax;
  bool is_normalized = false;   ///< Shares are made to sum to 1.
  bool weighs_input = false;    ///< A share multiplies what its expert reads, not what it makes.
  float scale = 1;              ///< Of all shares.
  bool has_choice_bias = false; ///< Added to scores for the choice only.
  std::int32_t groups = 1;
  std::int32_t groups_chosen = 1; ///< Of runs of experts, before experts are chosen.
  expert_files files = expert_files::separate;
  bool has_bias = false; ///< Experts and router; only where experts are stacked.
};

/// Attention over latent keys: each token keeps one normed row of kv_rank, which every head's key
/// and value are made of, and beside it rope_dim elements of the key that the rope turns. A head's
/// query is brought into the latent space, so that the cache holds one kv head of kv_rank +
/// rope_dim. Source: DeepSeek-AI 2024 (V2 and V3), in the absorbed form.
struct latent_spec {
  std::int32_t kv_rank = 0; ///< 0: heads have keys and values of their own.
  std::int32_t query_rank =
      0;                      ///< Of the row that queries are made of; 0: of the hidden row itself.
  std::int32_t plain_dim = 0; ///< Elements of a head's query and key that no rope turns.
  std::int32_t rope_dim = 0;
  std::int32_t value_dim = 0;

  /// Of the norms of both ranks, to which transformers gives their own default.
  static constexpr float norm_eps = 1e-6F;
};

/// Queries of layers with a temperature are multiplied by
/// 1 + scale * ln(1 + floor((position + 1) / floor)).
struct temperature_spec {
  float scale = 0;
  float floor = 1;
};

/// In what one layer of a decoder differs from a plain Llama's.
struct layer_spec {
  bool has_qkv_bias = false;
  bool has_out_bias = false;  ///< Of the attention's output.
  bool has_sinks = false;     ///< A logit for each head that takes a share of the softmax.
  bool has_qk_norm = false;   ///< RMS norms of each head's q and k, before the rope.
  bool is_fused = false;      ///< The files hold q, k and v in one tensor, gate and up in another.
  bool is_grouped = false;    ///< As fused, but each kv head's q, k and v stand together.
  bool is_parallel = false;   ///< The MLP reads what attention reads, not what it adds.
  bool has_out_norms = false; ///< Also of what attention and MLP add to the residual.
  bool is_local = false;      ///< Turned by local_rope.
  bool has_rope = true;
  bool has_l2_norm = false; ///< RMS norms without a weight of each head's q and k, after the rope.
  bool has_temperature = false; ///< Queries grow with their position.
  bool has_experts = false;     ///< In place of one MLP.
  std::int32_t window = 0;      ///< Keys that a query sees, its own included; 0: all.
  std::int32_t chunk = 0;       ///< Positions of a run whose queries see no other; 0: one run.
};

/// What an execution must know of a decoder; read from config.json and within the bounds that
/// config.cpp checks, so that products of the counts fit their types.
struct model_spec {
  std::int32_t layers = 0;
  std::int32_t hidden = 0;
  std::int32_t heads = 0;
  std::int32_t kv_heads = 0;
  std::int32_t head_dim = 0;
  std::int32_t rotary_dim = 0; ///< Leading elements of a head that the rope turns; even.
  std::int32_t feed_forward = 0;
  std::int32_t vocab = 0;
  std::uint32_t context_tokens_max = 0;
  float norm_eps = 0;
  bool is_tied = false; ///< The output head is the embedding, unless the weights hold a head.
  rope_spec rope;
  rope_spec local_rope;
  bool has_adjacent_pairs = false; ///< The rope turns 2 i with 2 i + 1.
  temperature_spec temperature;
  latent_spec latent;
  activation act = activation::silu;
  bool is_gated = true;            ///< An MLP has a gate beside up.
  bool has_layer_norms = false;    ///< Norms take off the mean and add a bias.
  bool has_norms_plus_one = false; ///< A norm multiplies by 1 + its weight.
  float embed_scale = 1;           ///< In bf16 where the embedding is.
  float query_scalar = 0;          ///< Scores are divided by its root; else head_dim.
  float attention_softcap = 0;     ///< 0: none.
  float logit_softcap = 0;         ///< 0: none.
  expert_spec experts;
  tensor_names names;
  std::vector<layer_spec> each_layer; ///< [layers]

  [[nodiscard]] std::int32_t q_cols() const { return heads * head_dim; }
  /// Of what comes out of the heads, once it is no longer latent.
  [[nodiscard]] std::int32_t value_cols() const {
    return heads * (latent.kv_rank > 0 ? latent.value_dim : head_dim);
  }
  [[nodiscard]] std::int32_t kv_cols() const { return kv_heads * head_dim; }
};

} // namespace troupe::engine
