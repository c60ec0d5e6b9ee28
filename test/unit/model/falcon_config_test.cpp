// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/support/config_edits.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::engine;
using test::refused_field;
using test::with;

namespace {

json::value falcon() {
  return *json::parse(R"({"architectures":["FalconForCausalLM"],"hidden_size":1136,
    "num_hidden_layers":2,"num_attention_heads":71,"vocab_size":300})");
}

json::value newer() {
  return with(with(with(falcon(), "new_decoder_architecture", "true"), "num_attention_heads", "8"),
              "hidden_size", "128");
}

} // namespace

TEST_CASE("an old Falcon shares one kv head among all and one norm between attention and MLP") {
  const auto spec = read_config(falcon(), "");
  REQUIRE_MESSAGE(spec.has_value(), (spec ? "" : spec.err().text));
  CHECK((*spec).kv_heads == 1);
  CHECK((*spec).head_dim == 16);
  CHECK((*spec).feed_forward == 4 * 1136);
  CHECK((*spec).context_tokens_max == 2048);
  CHECK((*spec).is_tied);
  CHECK((*spec).has_layer_norms);
  CHECK_FALSE((*spec).is_gated);
  CHECK((*spec).names.post_norm == (*spec).names.input_norm);
  CHECK((*spec).each_layer.at(1).is_parallel);
  const auto each =
      with(with(newer(), "new_decoder_architecture", "false"), "multi_query", "false");
  CHECK((*read_config(each, "")).kv_heads == 8);
}

TEST_CASE("a newer Falcon says how many kv heads and norms it has") {
  const auto config = with(with(newer(), "num_kv_heads", "2"), "ffn_hidden_size", "640");
  const auto spec = read_config(config, "");
  REQUIRE_MESSAGE(spec.has_value(), (spec ? "" : spec.err().text));
  CHECK((*spec).kv_heads == 2);
  CHECK((*spec).feed_forward == 640);
  CHECK((*spec).names.input_norm == "ln_attn");
  CHECK((*spec).names.post_norm == "ln_mlp");
  const auto one = read_config(with(config, "num_ln_in_parallel_attn", "1"), "");
  CHECK((*one).names.post_norm == "input_layernorm");
}

TEST_CASE("what else a Falcon may be is refused by its field") {
  CHECK(refused_field(with(falcon(), "alibi", "true")) == "alibi");
  CHECK(refused_field(with(falcon(), "bias", "true")) == "bias");
  CHECK(refused_field(with(falcon(), "parallel_attn", "false")) == "parallel_attn");
  CHECK(refused_field(with(falcon(), "activation", "\"relu\"")) == "activation");
  CHECK(refused_field(with(falcon(), "num_ln_in_parallel_attn", "2")) == "num_ln_in_parallel_attn");
  CHECK(refused_field(with(falcon(), "hidden_size", "1137")) == "num_attention_heads");
  CHECK(refused_field(with(newer(), "num_kv_heads", "9")) == "num_kv_heads");
  CHECK(refused_field(with(newer(), "num_kv_heads", "3")) == "num_key_value_heads");
}
