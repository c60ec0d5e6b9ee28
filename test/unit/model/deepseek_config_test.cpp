// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/support/config_edits.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace troupe;
using namespace troupe::engine;
using test::refused_field;
using test::spec_of;
using test::with;

namespace {

json::value deepseek() {
  return *json::parse(R"({"architectures":["DeepseekV3ForCausalLM"],"hidden_size":64,
    "num_hidden_layers":4,"num_attention_heads":4,"num_key_value_heads":4,"intermediate_size":96,
    "vocab_size":300,"max_position_embeddings":512,"head_dim":16,"kv_lora_rank":32,
    "q_lora_rank":40,"qk_nope_head_dim":32,"qk_rope_head_dim":16,"v_head_dim":24,
    "n_routed_experts":8,"num_experts_per_tok":3,"n_shared_experts":2,"moe_intermediate_size":20,
    "n_group":4,"topk_group":2,"first_k_dense_replace":1,"routed_scaling_factor":2.5})");
}

} // namespace

TEST_CASE("a DeepSeek keeps one latent kv head, whatever head_dim and kv heads say") {
  const auto spec = spec_of(deepseek());
  CHECK(spec.kv_heads == 1);
  CHECK(spec.head_dim == 48);
  CHECK(spec.rotary_dim == 16);
  CHECK(spec.value_cols() == 4 * 24);
  CHECK(spec.latent.query_rank == 40);
  CHECK(spec.query_scalar == 48);
  CHECK(spec.has_adjacent_pairs);
  CHECK_FALSE(spec.each_layer[0].has_experts);
  CHECK(spec.each_layer[1].has_experts);
  CHECK(spec.experts.shared_feed_forward == 40);
  CHECK(spec.experts.groups == 4);
  CHECK(spec.experts.groups_chosen == 2);
  CHECK(spec.experts.is_normalized);
  CHECK(spec.experts.scale == 2.5F);
  CHECK(spec_of(with(deepseek(), "q_lora_rank", "null")).latent.query_rank == 0);
}

TEST_CASE("yarn's mscale_all_dim sharpens a DeepSeek's scores by its square") {
  const auto spec = spec_of(with(deepseek(), "rope_scaling", R"({"type":"yarn","factor":40,
    "mscale":1.0,"mscale_all_dim":1.0,"original_max_position_embeddings":128})"));
  CHECK(spec.rope.gain == 1);
  const double gain = 0.1 * std::log(40.0) + 1;
  CHECK(48.0 / spec.query_scalar == doctest::Approx(std::pow(gain, 4)));
}

TEST_CASE("ranks, groups and ways to route that are not executed are refused by their field") {
  const auto field = [](std::string_view name, std::string_view text) {
    return refused_field(with(deepseek(), name, text));
  };
  for (const std::string name :
       {"kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim", "n_routed_experts",
        "num_experts_per_tok", "moe_intermediate_size"}) {
    for (const auto* text : {"null", "0", "-1", "\"8\"", "99999999999"}) {
      CHECK(field(name, text) == name);
    }
  }
  CHECK(field("kv_lora_rank", "40") == "kv_lora_rank");
  CHECK(field("qk_rope_head_dim", "12") == "qk_rope_head_dim");
  CHECK(field("qk_rope_head_dim", "560") == "qk_rope_head_dim");
  CHECK(field("num_attention_heads", "129") == "num_attention_heads");
  CHECK(field("n_group", "3") == "n_group");
  CHECK(field("n_group", "8") == "n_group");
  CHECK(field("topk_group", "5") == "topk_group");
  CHECK(field("topk_group", "1") == "topk_group");
  CHECK(field("num_experts_per_tok", "5") == "topk_group");
  CHECK(field("scoring_func", "\"softmax\"") == "scoring_func");
  CHECK(field("topk_method", "\"greedy\"") == "topk_method");
  CHECK(field("moe_layer_freq", "2") == "moe_layer_freq");
  CHECK(field("first_k_dense_replace", "5") == "first_k_dense_replace");
  CHECK(field("attention_bias", "true") == "attention_bias");
}
