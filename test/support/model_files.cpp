// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/support/model_files.hpp"

#include "runtime/base/check.hpp"
#include "runtime/base/rng.hpp"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace troupe::test {
namespace {

std::uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7fffU + (bits >> 16U & 1U)) >> 16U);
}

tensor_source random_tensor(const std::string& type, std::vector<std::uint64_t> shape, float center,
                            float spread, rng random) {
  std::uint64_t count = 1;
  for (const auto size : shape) {
    count *= size;
  }
  const std::size_t width = type == "F32" ? 4 : 2;
  tensor_source out{type, std::move(shape), bytes(count * width)};
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto draw = static_cast<float>(random.uniform() + random.uniform() + random.uniform());
    const auto rounded =
        std::bit_cast<float>(std::uint32_t{to_bf16(center + spread * (2 * draw - 3))} << 16U);
    const std::uint16_t half = type == "F16" ? to_f16(rounded) : to_bf16(rounded);
    std::memcpy(out.data.data() + i * width,
                width == 4 ? static_cast<const void*>(&rounded) : &half, width);
  }
  return out;
}

std::string text_of(const std::vector<std::uint64_t>& counts) {
  std::string text = "[";
  for (const auto count : counts) {
    text += (text.size() > 1 ? "," : "") + std::to_string(count);
  }
  return text + "]";
}

} // namespace

temporary_directory::temporary_directory() {
  auto pattern = (std::filesystem::temp_directory_path() / "troupe-test-XXXXXX").string();
  TROUPE_CHECK(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::uint16_t to_f16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto exponent = static_cast<int>(bits >> 23U & 0xffU) - 127 + 15;
  if (exponent <= 0) {
    return 0;
  }
  return static_cast<std::uint16_t>((bits >> 16U & 0x8000U) | static_cast<unsigned>(exponent) << 10U
                                    | (bits >> 13U & 0x3ffU));
}

void write_file(const std::string& path, std::string_view content) {
  std::ofstream file{path, std::ios::binary};
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  TROUPE_CHECK(file.good());
}

std::string safetensors_text(std::string_view header, std::string_view data) {
  const std::uint64_t length = header.size();
  std::string out(8, '\0');
  std::memcpy(out.data(), &length, 8);
  return out.append(header).append(data);
}

std::string safetensors_text(const tensor_sources& tensors) {
  std::string header = R"({"__metadata__":{"format":"pt"})";
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const auto begin = data.size();
    data += as_text(tensor.data);
    header += ",\"" + name + R"(":{"dtype":")" + tensor.type + R"(","shape":)"
              + text_of(tensor.shape) + ",\"data_offsets\":" + text_of({begin, data.size()}) + "}";
  }
  return safetensors_text(header + "}", data);
}

std::string config_text(const small_llama& of) {
  return R"({"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":)"
         + std::to_string(of.hidden) + ",\"num_hidden_layers\":" + std::to_string(of.layers)
         + ",\"num_attention_heads\":" + std::to_string(of.heads) + ",\"num_key_value_heads\":"
         + std::to_string(of.kv_heads) + ",\"head_dim\":" + std::to_string(of.head_dim)
         + ",\"intermediate_size\":" + std::to_string(of.feed_forward) + ",\"vocab_size\":"
         + std::to_string(of.vocab) + ",\"tie_word_embeddings\":" + (of.is_tied ? "true" : "false")
         + R"(,"rope_theta":10000.0,"rms_norm_eps":1e-05,"max_position_embeddings":2048,)"
         + R"("hidden_act":"silu","eos_token_id":2})";
}

tensor_sources random_tensors(const small_llama& of) {
  tensor_sources all;
  rng random{of.seed};
  const auto add = [&](const std::string& name, std::vector<std::uint64_t> shape) {
    const bool is_norm = shape.size() == 1;
    const float spread = is_norm ? 0.1F : 1.2F / std::sqrt(static_cast<float>(shape.back()));
    all[name + ".weight"] =
        random_tensor(of.type, std::move(shape), is_norm ? 1.0F : 0.0F, spread, random.fork(1));
  };
  const auto q = of.heads * of.head_dim;
  const auto kv = of.kv_heads * of.head_dim;
  add("model.embed_tokens", {of.vocab, of.hidden});
  for (std::uint64_t i = 0; i < of.layers; ++i) {
    const auto layer = "model.layers." + std::to_string(i) + ".";
    add(layer + "input_layernorm", {of.hidden});
    add(layer + "self_attn.q_proj", {q, of.hidden});
    add(layer + "self_attn.k_proj", {kv, of.hidden});
    add(layer + "self_attn.v_proj", {kv, of.hidden});
    add(layer + "self_attn.o_proj", {of.hidden, q});
    add(layer + "post_attention_layernorm", {of.hidden});
    add(layer + "mlp.gate_proj", {of.feed_forward, of.hidden});
    add(layer + "mlp.up_proj", {of.feed_forward, of.hidden});
    add(layer + "mlp.down_proj", {of.hidden, of.feed_forward});
  }
  add("model.norm", {of.hidden});
  if (!of.is_tied) {
    add("lm_head", {of.vocab, of.hidden});
  }
  return all;
}

void write_model(const std::string& directory, const small_llama& of) {
  write_file(directory + "/config.json", config_text(of));
  write_file(directory + "/model.safetensors", safetensors_text(random_tensors(of)));
}

} // namespace troupe::test
