// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/quantized_config.hpp"
#include "runtime/json/read.hpp"
#include "test/support/config_edits.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::engine;
using test::refusal;
using test::with;

namespace {

json::value model(std::string_view architecture) {
  auto config = *json::parse(R"({"hidden_size":64,"num_hidden_layers":4,"num_attention_heads":4,
    "num_key_value_heads":2,"intermediate_size":96,"vocab_size":300,"max_position_embeddings":512,
    "num_experts_per_tok":2})");
  return with(config, "architectures", "[\"" + std::string{architecture} + "\"]");
}

json::value qwen(std::string_view architecture = "Qwen3MoeForCausalLM") {
  return with(with(model(architecture), "num_experts", "8"), "moe_intermediate_size", "40");
}

std::vector<bool> sparse_layers(const json::value& config) {
  const auto spec = read_config(config, "");
  REQUIRE_MESSAGE(spec.has_value(), (spec ? "" : spec.err().text));
  std::vector<bool> all;
  for (const auto& layer : (*spec).each_layer) {
    all.push_back(layer.has_experts);
  }
  return all;
}

} // namespace

TEST_CASE("a Mixtral has experts in every layer, whose shares are made to sum to one") {
  const auto config = with(model("MixtralForCausalLM"), "num_local_experts", "8");
  const auto spec = read_config(config, "");
  REQUIRE(spec.has_value());
  CHECK((*spec).experts.count == 8);
  CHECK((*spec).experts.chosen == 2);
  CHECK((*spec).experts.feed_forward == 96);
  CHECK((*spec).experts.is_normalized);
  CHECK((*spec).experts.shared_feed_forward == 0);
  CHECK(sparse_layers(config) == std::vector<bool>{true, true, true, true});
}

TEST_CASE("a Qwen's experts stand in every n-th layer but those of mlp_only_layers") {
  CHECK(sparse_layers(qwen()) == std::vector<bool>{true, true, true, true});
  const auto second = with(qwen(), "decoder_sparse_step", "2");
  CHECK(sparse_layers(second) == std::vector<bool>{false, true, false, true});
  CHECK(sparse_layers(with(second, "mlp_only_layers", "[3]"))
        == std::vector<bool>{false, true, false, false});
  const auto renamed = with(with(qwen(), "num_experts", "null"), "num_local_experts", "6");
  CHECK((*read_config(renamed, "")).experts.count == 6);
}

TEST_CASE("a Qwen2 with experts has one that all share, behind a gate, and biases unless told") {
  const auto config = with(qwen("Qwen2MoeForCausalLM"), "shared_expert_intermediate_size", "56");
  const auto spec = read_config(config, "");
  REQUIRE(spec.has_value());
  CHECK((*spec).experts.shared_feed_forward == 56);
  CHECK((*spec).experts.has_shared_gate);
  CHECK_FALSE((*spec).experts.is_normalized);
  CHECK((*spec).each_layer.at(0).has_qkv_bias);
  CHECK_FALSE((*read_config(with(config, "qkv_bias", "false"), "")).each_layer.at(0).has_qkv_bias);
  CHECK(refusal(qwen("Qwen2MoeForCausalLM")).field == "shared_expert_intermediate_size");
}

TEST_CASE("counts of experts that make no sense are refused by their field") {
  for (const auto* text : {"null", "0", "-1", "1025", "99999999999", "\"8\"", "1.5"}) {
    CHECK(refusal(with(model("MixtralForCausalLM"), "num_local_experts", text)).field
          == "num_local_experts");
  }
  for (const auto* text : {"null", "0", "-1", "9", "99999999999", "[2]"}) {
    CHECK(refusal(with(qwen(), "num_experts_per_tok", text)).field == "num_experts_per_tok");
  }
  for (const auto* text : {"null", "0", "2000000"}) {
    CHECK(refusal(with(qwen(), "moe_intermediate_size", text)).field == "moe_intermediate_size");
  }
  for (const auto* text : {"0", "-2", "\"2\""}) {
    CHECK(refusal(with(qwen(), "decoder_sparse_step", text)).field == "decoder_sparse_step");
  }
  for (const auto* text : {"[4]", "[-1]", "[\"1\"]", "[1e30]", "3"}) {
    CHECK(refusal(with(qwen(), "mlp_only_layers", text)).field == "mlp_only_layers");
  }
}

TEST_CASE("a gpt-oss has sinks and biases, softmax over the chosen, and a window in every other") {
  const auto config =
      with(with(model("GptOssForCausalLM"), "num_local_experts", "8"), "sliding_window", "32");
  const auto spec = read_config(config, "");
  REQUIRE_MESSAGE(spec.has_value(), (spec ? "" : spec.err().text));
  CHECK((*spec).act == activation::swiglu_oai);
  CHECK((*spec).experts.score == ops::route_score::softmax_of_chosen);
  CHECK((*spec).experts.files == expert_files::stacked_in_turns);
  CHECK((*spec).experts.has_bias);
  CHECK((*spec).each_layer.at(0).window == 32);
  CHECK((*spec).each_layer.at(1).window == 0);
  CHECK((*spec).each_layer.at(1).has_sinks);
  CHECK((*spec).each_layer.at(1).has_qkv_bias);
  CHECK((*spec).each_layer.at(1).has_out_bias);
  CHECK_FALSE(
      (*read_config(with(config, "attention_bias", "false"), "")).each_layer.at(1).has_out_bias);
  CHECK(refusal(with(config, "swiglu_limit", "8.0")).field == "swiglu_limit");
  CHECK(refusal(with(config, "sliding_window", "null")).field == "sliding_window");
}

TEST_CASE("the config.json that gpt-oss-20b is published with is read, its mxfp4 too") {
  std::string layers;
  for (int i = 0; i < 24; ++i) {
    layers += std::string(i == 0 ? "" : ",")
              + (i % 2 == 0 ? R"("sliding_attention")" : R"("full_attention")");
  }
  const auto config = *json::parse(R"({"architectures":["GptOssForCausalLM"],"attention_bias":true,
    "attention_dropout":0.0,"eos_token_id":200002,"experts_per_token":4,"head_dim":64,
    "hidden_act":"silu","hidden_size":2880,"initial_context_length":4096,
    "initializer_range":0.02,"intermediate_size":2880,"layer_types":[)"
                                   + layers + R"(],
    "max_position_embeddings":131072,"model_type":"gpt_oss","num_attention_heads":64,
    "num_experts_per_tok":4,"num_hidden_layers":24,"num_key_value_heads":8,
    "num_local_experts":32,"output_router_logits":false,"pad_token_id":199999,
    "quantization_config":{"modules_to_not_convert":["model.layers.*.self_attn",
      "model.layers.*.mlp.router","model.embed_tokens","lm_head"],"quant_method":"mxfp4"},
    "rms_norm_eps":1e-05,"rope_scaling":{"beta_fast":32.0,"beta_slow":1.0,"factor":32.0,
      "original_max_position_embeddings":4096,"rope_type":"yarn","truncate":false},
    "rope_theta":150000,"router_aux_loss_coef":0.9,"sliding_window":128,"swiglu_limit":7.0,
    "tie_word_embeddings":false,"transformers_version":"4.55.0.dev0","use_cache":true,
    "vocab_size":201088})");
  const auto spec = read_config(config, "");
  REQUIRE_MESSAGE(spec.has_value(), (spec ? "" : spec.err().text));
  CHECK(spec->experts.count == 32);
  CHECK(spec->experts.feed_forward == 2880);
  CHECK(spec->each_layer.at(22).window == 128);
  CHECK(spec->each_layer.at(23).window == 0);
  const auto how = read_quantization(config, "");
  REQUIRE_MESSAGE(how.has_value(), (how ? "" : how.err().text));
  REQUIRE(how->has_value());
  CHECK((**how).codes == code_format::mxfp4);
  CHECK_FALSE((**how).is_plain("model.layers.3.mlp.experts.down_proj"));
}
