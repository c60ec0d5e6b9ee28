// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf_config.hpp"

#include "engine/model/config.hpp"
#include "messages/vocab/error_codes.hpp"
#include "test/support/gguf_files.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

using namespace troupe;
using engine::config_of_gguf;
using engine::gguf_file;
using test::gguf_builder;

namespace {

gguf_builder metadata() {
  return test::gguf_metadata({.hidden = 64, .feed_forward = 96});
}

gguf_builder& with_embedding(gguf_builder& to) {
  return to.tensor("token_embd.weight", {64, 101}, 1, bytes(std::size_t{64} * 101 * 2));
}

result<json::value> config_of(gguf_builder source) {
  const test::temporary_directory directory;
  test::write_file(directory.path("a.gguf"), with_embedding(source).done());
  const auto file = gguf_file::open(directory.path("a.gguf"));
  if (!file) {
    FAIL(file.err().text);
  }
  return config_of_gguf(*file);
}

engine::model_spec spec_of(const gguf_builder& source) {
  const auto config = config_of(source);
  if (!config) {
    FAIL(config.err().text);
  }
  const auto spec = engine::read_config(*config, "a.gguf");
  if (!spec) {
    FAIL(spec.err().text);
  }
  return *spec;
}

std::string refused_field(const gguf_builder& source) {
  const auto config = config_of(source);
  REQUIRE_FALSE(config.has_value());
  CHECK(config.err().code == errors::model_invalid);
  return config.err().field;
}

/// What a converter writes for a Llama 3 model of 16 numbers a head.
bytes llama3_factors(double factor, double theta) {
  std::vector<float> out;
  for (int i = 0; i < 8; ++i) {
    const double wave = 2 * std::numbers::pi * std::pow(theta, i / 8.0);
    if (wave < 8192 / 4.0) {
      out.push_back(1);
    } else if (wave > 8192) {
      out.push_back(static_cast<float>(factor));
    } else {
      const double smooth = (8192 / wave - 1) / 3;
      out.push_back(static_cast<float>(1 / ((1 - smooth) / factor + smooth)));
    }
  }
  const auto view = std::as_bytes(std::span{out});
  return {view.begin(), view.end()};
}

} // namespace

TEST_CASE("a GGUF's metadata gives the spec that its config.json would") {
  const auto spec = spec_of(metadata());

  CHECK(spec.layers == 2);
  CHECK(spec.hidden == 64);
  CHECK(spec.heads == 4);
  CHECK(spec.kv_heads == 2);
  CHECK(spec.head_dim == 16);
  CHECK(spec.feed_forward == 96);
  CHECK(spec.vocab == 101);
  CHECK(spec.context_tokens_max == 2048);
  CHECK(spec.norm_eps == 1e-5F);
  CHECK(spec.is_tied);
  CHECK(spec.rope.theta == 10000);
  CHECK(spec.rope.scaling == engine::rope_scaling::none);
  CHECK_FALSE(
      spec_of(metadata().tensor("output.weight", {64, 101}, 1, bytes(64 * 101 * 2))).is_tied);
}

TEST_CASE("a GGUF of an embedding model may say how it is pooled") {
  auto source = metadata();
  source.u32("llama.pooling_type", 3);
  CHECK(config_of(source).has_value());
}

TEST_CASE("linear rope scaling of a GGUF is read, other kinds are refused by name") {
  auto linear = metadata();
  linear.text("llama.rope.scaling.type", "linear").f32("llama.rope.scaling.factor", 4.0F);
  CHECK(spec_of(linear).rope.scaling == engine::rope_scaling::linear);
  CHECK(spec_of(linear).rope.factor == 4.0);
  auto yarn = metadata();
  yarn.text("llama.rope.scaling.type", "yarn").f32("llama.rope.scaling.factor", 4.0F);
  CHECK(refused_field(yarn) == "llama.rope.scaling.type");
}

TEST_CASE("rope_freqs that are those of llama3 become its parameters, others are refused") {
  constexpr double theta = 10000; // What gguf_metadata writes.
  auto stretched = metadata();
  stretched.tensor("rope_freqs.weight", {8}, 0, llama3_factors(32, theta));
  const auto rope = spec_of(stretched).rope;
  CHECK(rope.scaling == engine::rope_scaling::llama3);
  CHECK(rope.factor == 32.0);
  CHECK(rope.low_freq_factor == 1.0);
  CHECK(rope.high_freq_factor == 4.0);
  CHECK(rope.original_context_tokens == 8192);

  auto others = llama3_factors(32, theta);
  std::fill(others.begin(), others.begin() + 4, std::byte{0x40}); // 3.0 instead of 1.
  CHECK(refused_field(metadata().tensor("rope_freqs.weight", {8}, 0, others))
        == "rope_freqs.weight");
  CHECK(refused_field(metadata().tensor("rope_freqs.weight", {4}, 0, bytes(16)))
        == "rope_freqs.weight");
}

TEST_CASE("what a GGUF's metadata lacks, or says of what is not executed, is refused by its key") {
  CHECK(refused_field(gguf_builder{}) == "general.architecture");
  CHECK(refused_field(gguf_builder{}.text("general.architecture", "gemma3"))
        == "general.architecture");
  CHECK(refused_field(gguf_builder{}.text("general.architecture", "llama"))
        == "llama.embedding_length");
  CHECK(refused_field(metadata().u32("llama.expert_count", 8)) == "llama.expert_count");
  CHECK(refused_field(metadata().f32("llama.logit_scale", 8)) == "llama.logit_scale");
  CHECK(refused_field(metadata().u32("llama.attention.sliding_window", 8))
        == "llama.attention.sliding_window");
  CHECK(refused_field(metadata().text("llama.tensor_data_layout", "other"))
        == "llama.tensor_data_layout");
  CHECK(refused_field(metadata().text("llama.vocab_size", "x").u32("split.count", 2))
        == "split.count");
  CHECK(spec_of(metadata().u32("llama.expert_count", 0).u32("split.count", 1)).layers == 2);
}

TEST_CASE("a GGUF's ends of text and of turn are the ends of an answer") {
  const auto config = config_of(metadata().u32("tokenizer.ggml.eot_token_id", 7));
  const auto* ids = config->find("eos_token_id")->as_array();
  REQUIRE(ids != nullptr);
  REQUIRE(ids->size() == 2);
  CHECK(*(*ids)[0].as_integer() == 2);
  CHECK(*(*ids)[1].as_integer() == 7);
}
