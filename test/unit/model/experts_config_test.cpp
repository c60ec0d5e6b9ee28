// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
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
