// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/checkpoint.hpp"
#include "engine/model/config.hpp"
#include "engine/model/native_executor.hpp"
#include "test/support/gguf_files.hpp"
#include "test/support/golden_model.hpp"

#include <doctest/doctest.h>

#include <array>
#include <numeric>
#include <utility>

/// Families whose GGUF keeps rows and names of its own, held to what transformers answered on the
/// safetensors of the same weights.
namespace {

using namespace troupe;
using namespace troupe::engine;

/// Pieces of a Hugging Face name and what a GGUF has in their place.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> pieces{
    {{"model.layers.", "blk."},
     {"model.embed_tokens", "token_embd"},
     {"model.norm", "output_norm"},
     {"lm_head", "output"},
     {"input_layernorm", "attn_norm"},
     {"post_attention_layernorm", "ffn_norm"},
     {"self_attn.q_proj", "attn_q"},
     {"self_attn.k_proj", "attn_k"},
     {"self_attn.v_proj", "attn_v"},
     {"self_attn.o_proj", "attn_output"},
     {"self_attn.q_norm", "attn_q_norm"},
     {"self_attn.k_norm", "attn_k_norm"},
     {"mlp.", "ffn_"},
     {"_proj.weight", ".weight"}}};

std::string name_in_gguf(std::string name) {
  for (const auto& [from, to] : pieces) {
    if (const auto at = name.find(from); at != std::string::npos) {
      name.replace(at, from.size(), to);
    }
  }
  return name;
}

test::gguf_builder metadata(const std::string& architecture, const model_spec& spec) {
  const auto key = [&](const char* rest) {
    return architecture + "." + rest;
  };
  const auto u32 = [](std::int32_t number) {
    return static_cast<std::uint32_t>(number);
  };
  test::gguf_builder out;
  out.text("general.architecture", architecture)
      .u32(key("block_count"), u32(spec.layers))
      .u32(key("context_length"), spec.context_tokens_max)
      .u32(key("embedding_length"), u32(spec.hidden))
      .u32(key("feed_forward_length"), u32(spec.feed_forward))
      .u32(key("attention.head_count"), u32(spec.heads))
      .u32(key("attention.head_count_kv"), u32(spec.kv_heads))
      .u32(key("attention.key_length"), u32(spec.head_dim))
      .u32(key("attention.value_length"), u32(spec.head_dim))
      .f32(key("attention.layer_norm_rms_epsilon"), spec.norm_eps)
      .f32(key("rope.freq_base"), static_cast<float>(spec.rope.theta))
      .u32("tokenizer.ggml.eos_token_id", 2);
  return out;
}

void write_gguf(const std::string& path, const std::string& architecture,
                const std::string& directory) {
  const auto config = read_json_file(directory + "/config.json");
  const auto spec = read_config(*config, "config.json");
  const auto files = checkpoint::open(directory);
  REQUIRE(spec.has_value());
  REQUIRE(files.has_value());
  auto out = metadata(architecture, *spec);
  const auto parts = files->parts();
  for (const auto name : parts.front().tensors) {
    const auto tensor = files->find(name).tensor;
    out.tensor(name_in_gguf(std::string{name}), {tensor->shape.rbegin(), tensor->shape.rend()},
               static_cast<std::uint32_t>(gguf_type::f32), tensor->data);
  }
  test::write_file(path, out.done());
}

token_list greedy_answer(const std::string& path, const test::golden_model& golden) {
  auto model = load_native(path);
  if (!model) {
    FAIL(model.err().text);
  }
  std::vector<slot_id> blocks(((golden.prompt.size() + golden.greedy.size()) / 16 + 1)
                              * model->execution->traits().groups.pages());
  std::iota(blocks.begin(), blocks.end(), slot_id{0});
  model->execution->allocate_pool(static_cast<std::uint32_t>(blocks.size()));
  token_list answer;
  auto fresh = golden.prompt;
  std::uint32_t position = 0;
  step_output out;
  while (answer.size() < golden.greedy.size()) {
    step_row row;
    row.tokens = fresh;
    row.first_position = position;
    row.blocks = blocks;
    row.wants_token = true;
    row.how.temperature = 0;
    model->execution->execute({.step = answer.size() + 1, .rows = {row}}, out);
    position += static_cast<std::uint32_t>(fresh.size());
    fresh = {out.tokens.at(0)};
    answer.push_back(out.tokens.at(0));
  }
  return answer;
}

} // namespace

TEST_CASE("a Qwen's GGUF answers what transformers answers on its safetensors") {
  for (const std::string family : {"qwen2", "qwen3"}) {
    CAPTURE(family);
    const auto golden = test::read_golden(family);
    const test::temporary_directory directory;
    test::write_golden(directory.path(), golden, "F32");
    const auto path = directory.path("model.gguf");
    write_gguf(path, family, directory.path());
    CHECK(greedy_answer(path, golden) == golden.greedy);
  }
}
