// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/config.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/json/read.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace troupe;
using namespace troupe::engine;

namespace {

json::value base() {
  return *json::parse(R"({"architectures":["LlamaForCausalLM"],"hidden_size":64,
    "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"intermediate_size":96,
    "vocab_size":300,"max_position_embeddings":512})");
}

json::value with(std::string_view name, std::string_view text) {
  auto config = base();
  config.set(name, *json::parse(text));
  return config;
}

error refusal(const json::value& config) {
  const auto spec = read_config(config, "m/config.json");
  REQUIRE_FALSE(spec.has_value());
  CHECK(spec.err().code == errors::model_invalid);
  CHECK(spec.err().text.find("m/config.json: ") == 0);
  return spec.err();
}

} // namespace

TEST_CASE("a plain config is read, with the defaults of the family") {
  const auto spec = read_config(base(), "config.json");

  REQUIRE(spec.has_value());
  CHECK((*spec).head_dim == 16);
  CHECK((*spec).kv_heads == 2);
  CHECK((*spec).context_tokens_max == 512);
  CHECK((*spec).rope.theta == 10000);
  CHECK((*spec).rope.scaling == rope_scaling::none);
  CHECK_FALSE((*spec).is_tied);
}

TEST_CASE("head_dim may differ from hidden / heads, and null means that quotient") {
  CHECK((*read_config(with("head_dim", "32"), "")).head_dim == 32);
  CHECK((*read_config(with("head_dim", "null"), "")).head_dim == 16);
}

TEST_CASE("rope is read in the older and in the newer dialect alike") {
  auto old = with("rope_theta", "500000.0");
  old.set("rope_scaling", *json::parse(R"({"rope_type":"llama3","factor":8.0,
    "low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":256})"));
  const auto newer = with("rope_parameters", R"({"rope_type":"llama3","rope_theta":500000.0,
    "factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,
    "original_max_position_embeddings":256})");
  for (const auto& config : {old, newer}) {
    const auto spec = read_config(config, "");
    REQUIRE(spec.has_value());
    CHECK((*spec).rope.theta == 500000);
    CHECK((*spec).rope.scaling == rope_scaling::llama3);
    CHECK((*spec).rope.factor == 8);
    CHECK((*spec).rope.original_context_tokens == 256);
  }
  const auto linear = read_config(with("rope_scaling", R"({"type":"linear","factor":2})"), "");
  CHECK((*linear).rope.scaling == rope_scaling::linear);
  CHECK((*read_config(with("rope_scaling", "null"), "")).rope.scaling == rope_scaling::none);
  CHECK((*read_config(with("rope_parameters", R"({"rope_type":"default","rope_theta":7})"), ""))
            .rope.theta
        == 7);
}

TEST_CASE("other architectures are refused by their name") {
  const auto why = refusal(with("architectures", R"(["Qwen3NextForCausalLM"])"));
  CHECK(why.field == "architectures");
  CHECK(why.text.find("Qwen3NextForCausalLM") != std::string::npos);
  CHECK(why.text.find("external engine") != std::string::npos);
  auto by_type = with("architectures", "null");
  by_type.set("model_type", "mamba");
  CHECK(refusal(by_type).text.find("mamba") != std::string::npos);
  CHECK(refusal(with("architectures", "[]")).field == "architectures");
  CHECK(refusal(json::value{3}).field == "m/config.json");
}

TEST_CASE("a field that is missing, of the wrong type or out of range is named") {
  for (const std::string name :
       {"hidden_size", "num_hidden_layers", "vocab_size", "num_attention_heads",
        "intermediate_size", "max_position_embeddings"}) {
    for (const auto* text : {"null", "\"64\"", "-1", "0", "1e30", "[64]", "99999999999"}) {
      CHECK(refusal(with(name, text)).field == name);
    }
  }
  CHECK(refusal(with("rms_norm_eps", "\"x\"")).field == "rms_norm_eps");
  CHECK(refusal(with("rope_theta", "-1")).field == "rope_theta");
  CHECK(refusal(with("num_key_value_heads", "3")).field == "num_key_value_heads");
  CHECK(refusal(with("head_dim", "20")).field == "head_dim");
  CHECK(refusal(with("head_dim", "592")).field == "head_dim");
}

TEST_CASE("what is understood but not executed is refused, not ignored") {
  CHECK(refusal(with("attention_bias", "true")).field == "attention_bias");
  CHECK(refusal(with("mlp_bias", "true")).field == "mlp_bias");
  CHECK(refusal(with("hidden_act", "\"gelu\"")).field == "hidden_act");
  const auto dynamic = refusal(with("rope_scaling", R"({"rope_type":"dynamic","factor":4})"));
  CHECK(dynamic.field == "rope_scaling.rope_type");
  CHECK(dynamic.text.find("dynamic") != std::string::npos);
  CHECK(refusal(with("rope_scaling", R"({"rope_type":"llama3"})")).field == "rope_scaling.factor");
}

TEST_CASE("a sliding window is read where the family has one: null, 0 and absent are none") {
  auto mistral = with("architectures", R"(["MistralForCausalLM"])");
  CHECK((*read_config(mistral, "")).each_layer.at(1).window == 0);
  mistral.set("sliding_window", 0);
  CHECK((*read_config(mistral, "")).each_layer.at(1).window == 0);
  mistral.set("sliding_window", 64);
  CHECK((*read_config(mistral, "")).each_layer.at(1).window == 64);
  CHECK((*read_config(with("sliding_window", "64"), "")).each_layer.at(1).window == 0);
}

TEST_CASE("a Qwen uses its window only where told, on the layers from max_window_layers on") {
  auto qwen = with("architectures", R"(["Qwen2ForCausalLM"])");
  qwen.set("sliding_window", 64);
  qwen.set("max_window_layers", 1);
  CHECK((*read_config(qwen, "")).each_layer.at(1).window == 0);
  qwen.set("use_sliding_window", true);
  CHECK((*read_config(qwen, "")).each_layer.at(0).window == 0);
  CHECK((*read_config(qwen, "")).each_layer.at(1).window == 64);
  qwen.set("layer_types", *json::parse(R"(["sliding_attention","full_attention"])"));
  CHECK((*read_config(qwen, "")).each_layer.at(0).window == 64);
  CHECK((*read_config(qwen, "")).each_layer.at(1).window == 0);
  qwen.set("layer_types", *json::parse(R"(["sliding_attention"])"));
  CHECK(refusal(qwen).field == "layer_types");
  qwen.set("layer_types", *json::parse(R"(["full_attention","linear_attention"])"));
  CHECK(refusal(qwen).field == "layer_types");
}

TEST_CASE("Qwen2 has biases, Qwen3 norms of heads; a model_type alone names the family") {
  auto config = with("architectures", "null");
  config.set("model_type", "qwen2");
  CHECK((*read_config(config, "")).each_layer.at(0).has_qkv_bias);
  CHECK_FALSE((*read_config(config, "")).each_layer.at(0).has_qk_norm);
  config.set("model_type", "qwen3");
  CHECK_FALSE((*read_config(config, "")).each_layer.at(0).has_qkv_bias);
  CHECK((*read_config(config, "")).each_layer.at(0).has_qk_norm);
}

TEST_CASE("yarn's gain is 0.1 ln factor + 1, a ratio where both mscales stand, or as told") {
  const auto gain = [](const std::string& more) {
    const auto spec =
        read_config(with("rope_scaling", R"({"rope_type":"yarn","factor":4)" + more + "}"), "");
    return (*spec).rope.gain;
  };
  CHECK(gain("") == doctest::Approx(1.138629));
  CHECK(gain(R"(,"mscale":1,"mscale_all_dim":1)") == 1);
  CHECK(gain(R"(,"mscale":0.5,"mscale_all_dim":1)") == doctest::Approx(0.939124));
  CHECK(gain(R"(,"attention_factor":1.5)") == 1.5);
}

TEST_CASE("yarn over a base of 1, whose logarithm it divides by, is refused") {
  auto config = with("rope_scaling", R"({"rope_type":"yarn","factor":4})");
  config.set("rope_theta", 1.0);
  CHECK(refusal(config).field == "rope_scaling.rope_theta");
}

TEST_CASE("longrope takes its long factors where the longest context exceeds the original one") {
  auto phi = with("architectures", R"(["Phi3ForCausalLM"])");
  phi.set("rope_scaling", *json::parse(R"({"type":"su","short_factor":[1,1,1,1,1,1],
    "long_factor":[2,3,4,5,6,7]})"));
  phi.set("partial_rotary_factor", 0.75);
  phi.set("original_max_position_embeddings", 256);
  const auto spec = read_config(phi, "");
  REQUIRE(spec.has_value());
  CHECK((*spec).rotary_dim == 12);
  CHECK((*spec).rope.scaling == rope_scaling::longrope);
  CHECK((*spec).rope.pair_factors.back() == 7);
  CHECK((*spec).rope.gain == doctest::Approx(std::sqrt(1.125)));
  phi.set("original_max_position_embeddings", 512);
  CHECK((*read_config(phi, "")).rope.pair_factors.back() == 1);
  CHECK((*read_config(phi, "")).rope.gain == 1);
  phi.set("partial_rotary_factor", 1);
  CHECK(refusal(phi).field == "rope_scaling.short_factor");
  CHECK(refusal(with("partial_rotary_factor", "0.5")).field == "partial_rotary_factor");
  CHECK(refusal(with("rope_parameters", R"({"rope_type":"default","partial_rotary_factor":0.5})"))
            .field
        == "partial_rotary_factor");
}

TEST_CASE("a Gemma is tied unless told, scales its embedding and alternates windows") {
  auto gemma = with("architectures", R"(["Gemma3ForCausalLM"])");
  gemma.set("sliding_window", 32);
  gemma.set("sliding_window_pattern", 2);
  gemma.set("attn_logit_softcapping", 50.0);
  gemma.set("final_logit_softcapping", 30.0);
  const auto spec = read_config(gemma, "");
  REQUIRE(spec.has_value());
  CHECK((*spec).is_tied);
  CHECK((*spec).has_norms_plus_one);
  CHECK((*spec).embed_scale == 8);
  CHECK((*spec).query_scalar == 256);
  CHECK((*spec).attention_softcap == 50);
  CHECK((*spec).logit_softcap == 30);
  CHECK((*spec).each_layer.at(0).window == 32);
  CHECK((*spec).each_layer.at(1).window == 0);
  CHECK((*spec).each_layer.at(0).has_out_norms);
  gemma.set("hidden_activation", "gelu");
  CHECK(refusal(gemma).field == "hidden_activation");
}

TEST_CASE("a Gemma 2 has its window in every other layer and both caps") {
  auto gemma = with("architectures", R"(["Gemma2ForCausalLM"])");
  CHECK(refusal(gemma).field == "sliding_window");
  gemma.set("sliding_window", 32);
  gemma.set("attn_logit_softcapping", 50.0);
  gemma.set("final_logit_softcapping", 30.0);
  const auto spec = read_config(gemma, "");
  REQUIRE(spec.has_value());
  CHECK((*spec).each_layer.at(0).window == 32);
  CHECK((*spec).each_layer.at(1).window == 0);
  CHECK((*spec).attention_softcap == 50);
  CHECK((*spec).logit_softcap == 30);
  CHECK((*spec).each_layer.at(1).has_out_norms);
  CHECK_FALSE((*spec).each_layer.at(1).has_qk_norm);
}

TEST_CASE("a Gemma 3 turns layers with a window by a rope of their own, in both dialects") {
  auto old = with("architectures", R"(["Gemma3ForCausalLM"])");
  old.set("sliding_window", 32);
  old.set("sliding_window_pattern", 2);
  old.set("rope_local_base_freq", 5000.0);
  old.set("rope_scaling", *json::parse(R"({"rope_type":"linear","factor":8.0})"));
  auto newer = with("architectures", R"(["Gemma3ForCausalLM"])");
  newer.set("sliding_window", 32);
  newer.set("layer_types", *json::parse(R"(["sliding_attention","full_attention"])"));
  newer.set("rope_parameters", *json::parse(R"({"full_attention":{"rope_type":"linear",
    "factor":8.0},"sliding_attention":{"rope_type":"default","rope_theta":5000.0}})"));
  for (const auto& config : {old, newer}) {
    const auto spec = read_config(config, "");
    REQUIRE(spec.has_value());
    CHECK((*spec).rope.theta == 1e6);
    CHECK((*spec).rope.factor == 8);
    CHECK((*spec).local_rope.theta == 5000);
    CHECK((*spec).local_rope.scaling == rope_scaling::none);
    CHECK((*spec).each_layer.at(0).is_local);
    CHECK_FALSE((*spec).each_layer.at(1).is_local);
    CHECK((*spec).each_layer.at(1).window == 0);
    CHECK((*spec).each_layer.at(1).has_qk_norm);
  }
  auto half = newer;
  half.set("rope_parameters", *json::parse(R"({"rope_type":"default","rope_theta":5000.0})"));
  CHECK(refusal(half).field == "rope_parameters");
  auto wrapped = with("architectures", R"(["Gemma3ForConditionalGeneration"])");
  wrapped.set("text_config", 5);
  CHECK_FALSE(read_config(wrapped, "").has_value());
}
