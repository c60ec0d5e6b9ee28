// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/model_feed.hpp"

#include "test/fuzz/seed_files.hpp"
#include "test/support/model_files.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <string>

using namespace troupe;

namespace {

const test::small_llama small{.type = "BF16",
                              .hidden = 16,
                              .layers = 1,
                              .heads = 2,
                              .kv_heads = 1,
                              .head_dim = 16,
                              .feed_forward = 16,
                              .vocab = 5};

std::string joined(const std::string& config, const std::string& index,
                   const test::tensor_sources& tensors) {
  return config + '\0' + index + '\0' + test::safetensors_text(tensors);
}

/// The config of another family over these sizes, with what it needs beyond a Llama's.
std::string config_of(const std::string& architecture, const std::string& more,
                      const test::small_llama& sizes = small) {
  auto text = test::config_text(sizes);
  const std::string llama = "LlamaForCausalLM";
  text.replace(text.find(llama), llama.size(), architecture);
  text.insert(text.size() - 1, more);
  return text;
}

std::string sharded() {
  const auto tensors = test::random_tensors(small);
  std::string map;
  for (const auto& [name, tensor] : tensors) {
    map += (map.empty() ? "\"" : ",\"") + name + "\":\"a.safetensors\"";
  }
  return joined(test::config_text(small), R"({"metadata":{},"weight_map":{)" + map + "}}", tensors);
}

std::string qwen3() {
  auto tensors = test::random_tensors(small);
  const auto layer = std::string("model.layers.0.self_attn.");
  for (const auto* name : {"q_norm.weight", "k_norm.weight"}) {
    tensors[layer + name] = {"BF16", {16}, bytes(32, std::byte{0x3f})};
  }
  return joined(config_of("Qwen3ForCausalLM", R"(,"rope_parameters":{"rope_type":"yarn",)"
                                              R"("factor":4.0,"rope_theta":1e4})"),
                "", tensors);
}

std::string phi3() {
  auto tensors = test::random_tensors(small);
  const std::string layer = "model.layers.0.";
  for (const auto* name : {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                           "mlp.gate_proj", "mlp.up_proj"}) {
    tensors.erase(layer + name + ".weight");
  }
  tensors[layer + "self_attn.qkv_proj.weight"] = {
      "BF16", {64, 16}, bytes(std::size_t{64} * 16 * 2, std::byte{0x3d})};
  tensors[layer + "mlp.gate_up_proj.weight"] = {
      "BF16", {32, 16}, bytes(std::size_t{32} * 16 * 2, std::byte{0x3d})};
  return joined(config_of("Phi3ForCausalLM",
                          R"(,"sliding_window":8,"original_max_position_embeddings":1024,)"
                          R"("rope_scaling":{"type":"longrope","short_factor":[1,1,1,1,1,1,1,1],)"
                          R"("long_factor":[1,1,2,2,3,3,4,4]})"),
                "", tensors);
}

/// Two experts in mxfp4, each of one block a row.
std::string gpt_oss() {
  auto sizes = small;
  sizes.hidden = 32;
  sizes.heads = 1;
  sizes.feed_forward = 32;
  auto tensors = test::random_tensors(sizes);
  const std::string layer = "model.layers.0.";
  for (const auto* name : {"gate_proj", "up_proj", "down_proj"}) {
    tensors.erase(layer + "mlp." + name + ".weight");
  }
  const auto put = [&](const std::string& name, const std::string& type,
                       std::vector<std::uint64_t> shape, std::uint8_t filling) {
    std::size_t size = type == "BF16" ? 2 : 1;
    for (const auto count : shape) {
      size *= count;
    }
    tensors[layer + name] = {type, std::move(shape), bytes(size, std::byte{filling})};
  };
  for (const auto* name : {"q_proj", "k_proj", "v_proj"}) {
    put(std::string("self_attn.") + name + ".bias", "BF16", {16}, 0x3d);
  }
  put("self_attn.o_proj.bias", "BF16", {32}, 0x3d);
  put("self_attn.sinks", "BF16", {1}, 0x3d);
  put("mlp.router.weight", "BF16", {2, 32}, 0x3d);
  put("mlp.router.bias", "BF16", {2}, 0x3d);
  put("mlp.experts.gate_up_proj_blocks", "U8", {2, 64, 1, 16}, 0x93);
  put("mlp.experts.gate_up_proj_scales", "U8", {2, 64, 1}, 123);
  put("mlp.experts.gate_up_proj_bias", "BF16", {2, 64}, 0x3d);
  put("mlp.experts.down_proj_blocks", "U8", {2, 32, 1, 16}, 0x4b);
  put("mlp.experts.down_proj_scales", "U8", {2, 32, 1}, 123);
  put("mlp.experts.down_proj_bias", "BF16", {2, 32}, 0x3d);
  return joined(
      config_of("GptOssForCausalLM",
                R"(,"num_local_experts":2,"num_experts_per_tok":1,"sliding_window":8,)"
                R"("quantization_config":{"quant_method":"mxfp4","modules_to_not_convert":)"
                R"(["model.layers.*.self_attn","lm_head"]})",
                sizes),
      "", tensors);
}

const std::map<std::string, std::string>& seeds() {
  static const std::map<std::string, std::string> all{
      {"llama", joined(test::config_text(small), "", test::random_tensors(small))},
      {"sharded", sharded()},
      {"qwen3", qwen3()},
      {"phi3", phi3()},
      {"gpt_oss", gpt_oss()}};
  return all;
}

} // namespace

TEST_CASE(
    "the seeds of the fuzzer of model directories are those that are written here, and load") {
  for (const auto& [name, seed] : seeds()) {
    const auto path = test::seed_path("safetensors", name);
    if (std::getenv("TROUPE_WRITE_GOLDEN") != nullptr) {
      test::write_file(path, seed);
    }
    CAPTURE(name);
    CHECK(test::seed_text(path) == seed);
    const auto outcome = test::feed_model(as_bytes_view(seed));
    CHECK_MESSAGE(outcome.is_loaded, (outcome.why ? outcome.why->text : ""));
  }
}

TEST_CASE("no byte of a model directory, whatever it becomes, breaks its readers") {
  int refused = 0;
  test::try_seeds("safetensors", 11, [&](const std::string& text, bool is_changed) {
    const auto outcome = test::feed_model(as_bytes_view(text));
    CHECK((is_changed || outcome.is_loaded));
    refused += outcome.is_loaded ? 0 : 1;
  });
  CHECK(refused > 100);
}
