// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/support/gguf_files.hpp"

#include "engine/core/ops/dtype.hpp"
#include "test/support/k_blocks.hpp"

#include <array>
#include <cstring>
#include <span>
#include <utility>

namespace troupe::test {
namespace {

using engine::gguf_type;
using engine::gguf_value_type;

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> names{
    {{"model.embed_tokens", "token_embd"},
     {"model.norm", "output_norm"},
     {"lm_head", "output"},
     {"input_layernorm", "attn_norm"},
     {"self_attn.q_proj", "attn_q"},
     {"self_attn.k_proj", "attn_k"},
     {"self_attn.v_proj", "attn_v"},
     {"self_attn.o_proj", "attn_output"},
     {"post_attention_layernorm", "ffn_norm"},
     {"mlp.gate_proj", "ffn_gate"},
     {"mlp.up_proj", "ffn_up"},
     {"mlp.down_proj", "ffn_down"}}};

std::string name_in_gguf(std::string name) {
  constexpr std::string_view layers = "model.layers.";
  if (name.starts_with(layers)) {
    name = "blk." + name.substr(layers.size());
  }
  for (const auto& [hf, gguf] : names) {
    if (const auto at = name.find(hf); at != std::string::npos) {
      return name.replace(at, hf.size(), gguf);
    }
  }
  return name;
}

/// Row i of the first half of a head, then row i of the second.
bytes in_pairs(const bytes& rows, std::size_t count, std::size_t head_dim) {
  const auto row_bytes = rows.size() / count;
  bytes out;
  for (std::size_t head = 0; head < count; head += head_dim) {
    for (std::size_t i = 0; i < head_dim / 2; ++i) {
      for (const auto row : {head + i, head + head_dim / 2 + i}) {
        const auto* begin = rows.data() + row * row_bytes;
        out.insert(out.end(), begin, begin + row_bytes);
      }
    }
  }
  return out;
}

std::vector<float> floats_of(bytes_view data) {
  std::vector<float> out(data.size() / sizeof(float));
  std::memcpy(out.data(), data.data(), data.size());
  return out;
}

bytes as_blocks(bytes_view f32, gguf_type type) {
  const auto& layout = engine::layout_of(type);
  const auto numbers = floats_of(f32);
  if (type == gguf_type::q4_k || type == gguf_type::q6_k) {
    return as_k_blocks(numbers, type);
  }
  bytes out(numbers.size() / layout.block_elements * layout.block_bytes);
  engine::quantize(type, numbers, out);
  return out;
}

/// Any of F32, F16, BF16 as F32.
bytes widened(const tensor_source& from) {
  if (from.type == "F32") {
    return from.data;
  }
  const auto type = from.type == "F16" ? gguf_type::f16 : gguf_type::bf16;
  std::vector<float> numbers(from.data.size() / 2);
  engine::dequantize(type, from.data, numbers);
  const auto view = std::as_bytes(std::span{numbers});
  return {view.begin(), view.end()};
}

bool is_blocks(gguf_type type) {
  return engine::layout_of(type).block_elements > 1;
}

} // namespace

std::string gguf_text(std::string_view text) {
  return raw(std::uint64_t{text.size()}) + std::string{text};
}

gguf_builder& gguf_builder::value(std::string_view key, gguf_value_type type,
                                  std::string_view bytes) {
  ++keys_;
  values_ += gguf_text(key) + raw(type) + std::string{bytes};
  return *this;
}

gguf_builder& gguf_builder::text(std::string_view key, std::string_view value_text) {
  return value(key, gguf_value_type::text, gguf_text(value_text));
}

gguf_builder& gguf_builder::u32(std::string_view key, std::uint32_t number) {
  return value(key, gguf_value_type::u32, raw(number));
}

gguf_builder& gguf_builder::f32(std::string_view key, float number) {
  return value(key, gguf_value_type::f32, raw(number));
}

gguf_builder& gguf_builder::texts(std::string_view key, const std::vector<std::string>& values) {
  auto all = raw(gguf_value_type::text) + raw(std::uint64_t{values.size()});
  for (const auto& one : values) {
    all += gguf_text(one);
  }
  return value(key, gguf_value_type::array, all);
}

gguf_builder& gguf_builder::i32s(std::string_view key, const std::vector<std::int32_t>& values) {
  auto all = raw(gguf_value_type::i32) + raw(std::uint64_t{values.size()});
  for (const auto one : values) {
    all += raw(one);
  }
  return value(key, gguf_value_type::array, all);
}

gguf_builder& gguf_builder::tensor(std::string_view name, const std::vector<std::uint64_t>& shape,
                                   std::uint32_t type, bytes_view data) {
  ++tensors_;
  infos_ += gguf_text(name) + raw(static_cast<std::uint32_t>(shape.size()));
  for (const auto size : shape) {
    infos_ += raw(size);
  }
  data_.resize((data_.size() + alignment - 1) / alignment * alignment);
  infos_ += raw(type) + raw(std::uint64_t{data_.size()});
  data_ += as_text(data);
  return *this;
}

std::string gguf_builder::done() const {
  auto out = "GGUF" + raw(version) + raw(tensors_) + raw(keys_) + values_ + infos_;
  out.resize((out.size() + alignment - 1) / alignment * alignment);
  return out + data_;
}

gguf_builder gguf_metadata(const small_llama& of) {
  const auto u32 = [](std::uint64_t number) {
    return static_cast<std::uint32_t>(number);
  };
  gguf_builder out;
  out.text("general.architecture", "llama")
      .u32("llama.block_count", u32(of.layers))
      .u32("llama.context_length", 2048)
      .u32("llama.embedding_length", u32(of.hidden))
      .u32("llama.feed_forward_length", u32(of.feed_forward))
      .u32("llama.attention.head_count", u32(of.heads))
      .u32("llama.attention.head_count_kv", u32(of.kv_heads))
      .u32("llama.attention.key_length", u32(of.head_dim))
      .u32("llama.attention.value_length", u32(of.head_dim))
      .u32("llama.rope.dimension_count", u32(of.head_dim))
      .f32("llama.attention.layer_norm_rms_epsilon", 1e-5F)
      .f32("llama.rope.freq_base", 10000.0F)
      .u32("tokenizer.ggml.eos_token_id", 2);
  return out;
}

void add_gguf_tensors(gguf_builder& to, const small_llama& of, gguf_type common,
                      gguf_type of_values) {
  for (const auto& [name, source] : random_tensors(of)) {
    const bool is_vector = source.shape.size() == 1;
    const auto type = name.find("v_proj") != std::string::npos ? of_values : common;
    auto data = is_vector ? widened(source) : source.data;
    if (name.find("q_proj") != std::string::npos || name.find("k_proj") != std::string::npos) {
      data = in_pairs(data, source.shape[0], of.head_dim);
    }
    if (!is_vector && is_blocks(type)) {
      data = as_blocks(data, type);
    }
    const auto written = is_vector ? gguf_type::f32 : type;
    to.tensor(name_in_gguf(name), {source.shape.rbegin(), source.shape.rend()},
              static_cast<std::uint32_t>(written), data);
  }
}

tensor_sources through_blocks(tensor_sources tensors, gguf_type type) {
  for (auto& [name, source] : tensors) {
    if (source.shape.size() > 1 && is_blocks(type)) {
      auto numbers = floats_of(source.data);
      engine::dequantize(type, as_blocks(source.data, type), numbers);
      std::memcpy(source.data.data(), numbers.data(), source.data.size());
    }
  }
  return tensors;
}

} // namespace troupe::test
