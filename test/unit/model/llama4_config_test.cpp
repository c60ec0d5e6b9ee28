// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/support/config_edits.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::engine;
using test::refused_field;
using test::spec_of;
using test::with;

namespace {

json::value llama4() {
  return *json::parse(R"({"architectures":["Llama4ForCausalLM"],"hidden_size":64,
    "num_hidden_layers":4,"num_attention_heads":4,"num_key_value_heads":2,"intermediate_size":48,
    "intermediate_size_mlp":96,"vocab_size":300,"max_position_embeddings":512,
    "num_local_experts":8,"num_experts_per_tok":1})");
}

} // namespace

TEST_CASE("a Llama 4 turns three layers in chunks and leaves the fourth unturned and tempered") {
  const auto spec = spec_of(llama4());
  CHECK(spec.has_adjacent_pairs);
  CHECK(spec.experts.weighs_input);
  CHECK(spec.experts.score == ops::route_score::sigmoid_of_chosen);
  CHECK(spec.experts.shared_feed_forward == 48);
  CHECK(spec.feed_forward == 48);
  for (const std::size_t i : {0U, 1U, 2U}) {
    CHECK(spec.each_layer[i].has_rope);
    CHECK(spec.each_layer[i].has_l2_norm);
    CHECK_FALSE(spec.each_layer[i].has_temperature);
    CHECK(spec.each_layer[i].chunk == 8192);
  }
  CHECK_FALSE(spec.each_layer[3].has_rope);
  CHECK_FALSE(spec.each_layer[3].has_l2_norm);
  CHECK(spec.each_layer[3].has_temperature);
  CHECK(spec.each_layer[3].chunk == 0);
  CHECK(spec.temperature.scale == doctest::Approx(0.1));
  CHECK(spec.temperature.floor == 8192);
}

TEST_CASE("lists of layers take the place of intervals, and dense layers have a width of theirs") {
  auto config = with(llama4(), "interleave_moe_layer_step", "2");
  auto spec = spec_of(config);
  CHECK_FALSE(spec.each_layer[0].has_experts);
  CHECK(spec.each_layer[1].has_experts);
  CHECK(spec.feed_forward == 96);
  CHECK(spec.experts.feed_forward == 48);
  config = with(with(config, "moe_layers", "[0]"), "no_rope_layers", "[0,1,1,1]");
  config = with(with(config, "attention_chunk_size", "32"), "use_qk_norm", "false");
  config = with(config, "attn_temperature_tuning", "0");
  spec = spec_of(config);
  CHECK(spec.each_layer[0].has_experts);
  CHECK_FALSE(spec.each_layer[1].has_experts);
  CHECK_FALSE(spec.each_layer[0].has_rope);
  CHECK_FALSE(spec.each_layer[0].has_temperature);
  CHECK(spec.each_layer[3].chunk == 32);
  CHECK_FALSE(spec.each_layer[3].has_l2_norm);
  auto wrapped = json::value{};
  wrapped.set("architectures", *json::parse(R"(["Llama4ForConditionalGeneration"])"));
  wrapped.set("text_config", llama4());
  CHECK(spec_of(wrapped).experts.count == 8);
}

TEST_CASE("what does not fit a Llama 4's layers is refused by its field") {
  CHECK(refused_field(with(llama4(), "no_rope_layers", "[1,0]")) == "no_rope_layers");
  CHECK(refused_field(with(llama4(), "no_rope_layers", "[1,0,2,1]")) == "no_rope_layers");
  CHECK(refused_field(with(llama4(), "moe_layers", "[4]")) == "moe_layers");
  CHECK(refused_field(with(llama4(), "layer_types", "[\"full_attention\"]")) == "layer_types");
  CHECK(refused_field(with(llama4(), "attention_chunk_size", "0")) == "attention_chunk_size");
  CHECK(refused_field(with(llama4(), "floor_scale", "0")) == "floor_scale");
  CHECK(refused_field(with(llama4(), "num_experts_per_tok", "9")) == "num_experts_per_tok");
  CHECK(refused_field(with(with(llama4(), "moe_layers", "[1]"), "intermediate_size_mlp", "null"))
        == "intermediate_size_mlp");
  CHECK(refused_field(with(llama4(), "attention_bias", "true")) == "attention_bias");
}
