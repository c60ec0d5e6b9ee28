// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/config.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/json/read.hpp"

#include <doctest/doctest.h>

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
  const auto why = refusal(with("architectures", R"(["Qwen3ForCausalLM"])"));
  CHECK(why.field == "architectures");
  CHECK(why.text.find("Qwen3ForCausalLM") != std::string::npos);
  CHECK(why.text.find("external engine") != std::string::npos);
  auto by_type = with("architectures", "null");
  by_type.set("model_type", "gemma2");
  CHECK(refusal(by_type).text.find("gemma2") != std::string::npos);
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
  CHECK(refusal(with("head_dim", "512")).field == "head_dim");
}

TEST_CASE("what is understood but not executed is refused, not ignored") {
  CHECK(refusal(with("attention_bias", "true")).field == "attention_bias");
  CHECK(refusal(with("mlp_bias", "true")).field == "mlp_bias");
  CHECK(refusal(with("hidden_act", "\"gelu\"")).field == "hidden_act");
  CHECK(refusal(with("quantization_config", R"({"quant_method":"fp8"})")).field
        == "quantization_config");
  const auto yarn = refusal(with("rope_scaling", R"({"rope_type":"yarn","factor":4})"));
  CHECK(yarn.field == "rope_scaling.rope_type");
  CHECK(yarn.text.find("yarn") != std::string::npos);
  CHECK(refusal(with("rope_scaling", R"({"rope_type":"llama3"})")).field == "rope_scaling.factor");
}
