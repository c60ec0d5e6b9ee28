// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/decoder_weights.hpp"

#include "engine/model/layer_loading.hpp"
#include "engine/model/model_error.hpp"
#include "engine/model/weight_reader.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace troupe::engine {
namespace {

decoder_layer load_layer(weight_reader& from, const model_spec& spec, const std::string& prefix,
                         const layer_spec& kind) {
  const auto norm = [&](std::string_view name) {
    return from.norm(prefix + std::string{name}, spec.hidden, spec);
  };
  decoder_layer layer;
  layer.input_norm = norm(spec.names.input_norm);
  load_attention(from, spec, kind, prefix, layer);
  if (kind.has_out_norms) {
    layer.attention_out_norm = norm("post_attention_layernorm");
    layer.post_norm = norm("pre_feedforward_layernorm");
    layer.down_norm = norm("post_feedforward_layernorm");
  } else {
    layer.post_norm = norm(spec.names.post_norm);
  }
  if (kind.has_experts) {
    layer.experts = load_experts(from, spec, prefix);
  } else {
    layer.mlp = load_mlp(from, spec, kind.is_fused, prefix + std::string{spec.names.mlp},
                         spec.feed_forward);
  }
  return layer;
}

/// Where a decoder's tensors stand in a checkpoint.
struct place {
  std::string decoder;
  std::string head;
};

/// Alone, or the text part of a model that also sees, as older and newer files name it.
place find_decoder(const checkpoint& files, const model_spec& spec) {
  const std::array places{
      place{"model.", "lm_head.weight"},
      place{"language_model.model.", "language_model.lm_head.weight"},
      place{"model.language_model.", "lm_head.weight"},
      place{"transformer.", "lm_head.weight"},
  };
  for (const auto& one : places) {
    if (files.has(one.decoder + std::string{spec.names.embedding} + ".weight")) {
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
  if (spec.has_layer_norms) {
    read.push_back("." + std::string{spec.names.input_norm} + ".bias");
    read.push_back("." + std::string{spec.names.post_norm} + ".bias");
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

} // namespace

result<decoder_weights> load_decoder(const checkpoint& files, const model_spec& spec,
                                     weight_type type, cpu::parallel& workers,
                                     const packed_exchange& packed) {
  const auto at = find_decoder(files, spec);
  const auto layers = at.decoder + std::string{spec.names.layers};
  if (auto bias = find_bias(files, spec, layers)) {
    return *std::move(bias);
  }
  const auto embedding_name = at.decoder + std::string{spec.names.embedding} + ".weight";
  weight_reader from{files, type, workers, packed};
  decoder_weights weights;
  weights.spec = spec;
  for (std::int32_t i = 0; i < spec.layers && !from.failure(); ++i) {
    weights.layers.push_back(load_layer(from, spec, layers + std::to_string(i) + ".",
                                        spec.each_layer[static_cast<std::size_t>(i)]));
  }
  weights.final_norm =
      from.norm(at.decoder + std::string{spec.names.final_norm}, spec.hidden, spec);
  auto embedding = from.rows(embedding_name, spec.vocab, spec.hidden);
  const bool has_head = !spec.is_tied || files.has(at.head);
  const auto head = has_head ? at.head : embedding_name;
  weights.is_head_embedding = !has_head;
  weight_reader head_from{files, type == weight_type::q4_0 ? weight_type::q8_0 : type, workers,
                          packed};
  weights.head = head_from.matrix({&head, 1}, std::array{spec.vocab}, spec.hidden);
  if (head_from.failure()) {
    return *head_from.failure();
  }
  if (from.failure()) {
    return *from.failure();
  }
  weights.embedding_type = embedding.type;
  weights.embedding = std::move(embedding.memory);
  return weights;
}

} // namespace troupe::engine
