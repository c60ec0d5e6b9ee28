// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/decoder_weights.hpp"

#include "engine/model/layer_loading.hpp"
#include "engine/model/model_error.hpp"
#include "engine/model/weight_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

namespace troupe::engine {
namespace {

std::vector<float> load_qkv_bias(weight_reader& from, const model_spec& spec,
                                 const std::string& prefix) {
  auto all = from.vector(prefix + "self_attn.q_proj.bias", spec.q_cols());
  for (const char* name : {"self_attn.k_proj.bias", "self_attn.v_proj.bias"}) {
    const auto part = from.vector(prefix + name, spec.kv_cols());
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

decoder_layer load_layer(weight_reader& from, const model_spec& spec, const std::string& prefix,
                         const layer_spec& kind) {
  const auto names = [&](std::initializer_list<const char*> parts) {
    std::vector<std::string> all;
    for (const char* part : parts) {
      all.push_back(prefix + part + ".weight");
    }
    return all;
  };
  const auto norm = [&](const char* name) {
    return from.norm(prefix + name, spec.hidden, spec);
  };
  decoder_layer layer;
  layer.input_norm = norm("input_layernorm.weight");
  const std::array qkv_rows{spec.q_cols(), spec.kv_cols(), spec.kv_cols()};
  const std::array qkv_all{spec.q_cols() + 2 * spec.kv_cols()};
  layer.qkv = kind.is_fused
                  ? from.matrix(names({"self_attn.qkv_proj"}), qkv_all, spec.hidden)
                  : from.matrix(names({"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"}),
                                qkv_rows, spec.hidden);
  if (kind.has_qkv_bias) {
    layer.qkv_bias = load_qkv_bias(from, spec, prefix);
  }
  if (kind.has_qk_norm) {
    layer.q_norm = from.norm(prefix + "self_attn.q_norm.weight", spec.head_dim, spec);
    layer.k_norm = from.norm(prefix + "self_attn.k_norm.weight", spec.head_dim, spec);
  }
  if (kind.has_sinks) {
    layer.sinks = from.vector(prefix + "self_attn.sinks", spec.heads);
  }
  if (kind.has_out_bias) {
    layer.attention_out_bias = from.vector(prefix + "self_attn.o_proj.bias", spec.hidden);
  }
  layer.attention_out =
      from.matrix(names({"self_attn.o_proj"}), std::array{spec.hidden}, spec.q_cols());
  if (kind.has_out_norms) {
    layer.attention_out_norm = norm("post_attention_layernorm.weight");
    layer.post_norm = norm("pre_feedforward_layernorm.weight");
    layer.down_norm = norm("post_feedforward_layernorm.weight");
  } else {
    layer.post_norm = norm("post_attention_layernorm.weight");
  }
  if (kind.has_experts) {
    layer.experts = load_experts(from, spec, prefix);
    return layer;
  }
  layer.mlp.gate_up =
      kind.is_fused
          ? from.matrix(names({"mlp.gate_up_proj"}), std::array{2 * spec.feed_forward}, spec.hidden)
          : from.matrix(names({"mlp.gate_proj", "mlp.up_proj"}),
                        std::array{spec.feed_forward, spec.feed_forward}, spec.hidden);
  layer.mlp.down =
      from.matrix(names({"mlp.down_proj"}), std::array{spec.hidden}, spec.feed_forward);
  return layer;
}

/// Where a decoder's tensors stand in a checkpoint.
struct place {
  std::string decoder;
  std::string head;
};

/// Alone, or the text part of a model that also sees, as older and newer files name it.
place find_decoder(const checkpoint& files) {
  const std::array places{
      place{"model.", "lm_head.weight"},
      place{"language_model.model.", "language_model.lm_head.weight"},
      place{"model.language_model.", "lm_head.weight"},
  };
  for (const auto& one : places) {
    if (files.has(one.decoder + "embed_tokens.weight")) {
      return one;
    }
  }
  return places.front();
}

/// A bias that nobody adds would make quietly wrong answers.
std::optional<error> find_bias(const checkpoint& files, const model_spec& spec,
                               const std::string& layers) {
  const auto& layer = spec.each_layer.front();
  std::vector<std::string> read;
  if (layer.has_qkv_bias) {
    read.insert(read.end(), {".q_proj.bias", ".k_proj.bias", ".v_proj.bias"});
  }
  if (layer.has_out_bias) {
    read.emplace_back(".o_proj.bias");
  }
  if (spec.experts.has_bias) {
    read.push_back("." + std::string{spec.names.router} + ".bias");
  }
  const auto is_read = [&](std::string_view name) {
    return std::ranges::any_of(read, [&](const auto& ending) { return name.ends_with(ending); });
  };
  for (const auto& file : files.parts()) {
    for (const auto name : file.tensors) {
      if (name.starts_with(layers) && name.ends_with(".bias") && !is_read(name)) {
        return model_error(file.path, name, "biases are not supported",
                           "use an external engine for this model");
      }
    }
  }
  return std::nullopt;
}

/// As it is; blocks are widened where all weights are to be.
void load_embedding(decoder_weights& weights, const matrix_rows& from, weight_type type) {
  const auto cols = static_cast<std::size_t>(weights.spec.hidden);
  const bool widens = type == weight_type::f32 && ops::is_blocked(from.type);
  const auto source_bytes = ops::row_bytes(from.type, cols);
  const auto rows = static_cast<std::size_t>(from.rows);
  weights.embedding_type = widens ? ops::dtype::f32 : from.type;
  weights.embedding = weight_buffer{rows * ops::row_bytes(weights.embedding_type, cols)};
  if (!widens) {
    std::memcpy(weights.embedding.data(), from.data, rows * source_bytes);
    return;
  }
  auto* out = reinterpret_cast<float*>(weights.embedding.data());
  for (std::size_t row = 0; row < rows; ++row) {
    widen_row(from.type, from.data + row * source_bytes, {out + row * cols, cols});
  }
}

} // namespace

result<decoder_weights> load_decoder(const checkpoint& files, const model_spec& spec,
                                     weight_type type, cpu::parallel& workers) {
  const auto at = find_decoder(files);
  if (auto bias = find_bias(files, spec, at.decoder + "layers.")) {
    return *std::move(bias);
  }
  const auto embedding_name = at.decoder + "embed_tokens.weight";
  weight_reader from{files, type, workers};
  decoder_weights weights;
  weights.spec = spec;
  for (std::int32_t i = 0; i < spec.layers && !from.failure(); ++i) {
    weights.layers.push_back(load_layer(from, spec,
                                        at.decoder + "layers." + std::to_string(i) + ".",
                                        spec.each_layer[static_cast<std::size_t>(i)]));
  }
  weights.final_norm = from.norm(at.decoder + "norm.weight", spec.hidden, spec);
  const auto embedding = from.find(embedding_name, spec.vocab, spec.hidden);
  const bool has_head = !spec.is_tied || files.has(at.head);
  const auto head = has_head ? at.head : embedding_name;
  weight_reader head_from{files, type == weight_type::q4_0 ? weight_type::q8_0 : type, workers};
  weights.head = head_from.matrix({&head, 1}, std::array{spec.vocab}, spec.hidden);
  if (head_from.failure()) {
    return *head_from.failure();
  }
  if (from.failure()) {
    return *from.failure();
  }
  load_embedding(weights, embedding.all, type);
  return weights;
}

} // namespace troupe::engine
