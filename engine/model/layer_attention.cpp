// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/layer_loading.hpp"

#include <array>
#include <vector>

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

/// One tensor in which each kv head has the rows of its query heads, then of its key and value.
owned_matrix load_grouped(weight_reader& from, const model_spec& spec, const std::string& name) {
  const auto all = from.find(name, spec.q_cols() + 2 * spec.kv_cols(), spec.hidden);
  const auto queries = spec.heads / spec.kv_heads;
  std::vector<weight_source> parts;
  for (const std::int32_t head : {0, queries, queries + 1}) {
    for (std::int32_t group = 0; group < spec.kv_heads; ++group) {
      parts.push_back(from.slice(all, (group * (queries + 2) + head) * spec.head_dim,
                                 (head == 0 ? queries : 1) * spec.head_dim, spec.hidden));
    }
  }
  return from.pack(parts, spec.hidden);
}

split_matrix load_qkv(weight_reader& from, const model_spec& spec, const layer_spec& kind,
                      const std::string& prefix) {
  const auto fused = prefix + std::string{spec.names.qkv} + ".weight";
  if (kind.is_grouped) {
    return {load_grouped(from, spec, fused), {}};
  }
  if (kind.is_fused) {
    return {from.matrix({&fused, 1}, std::array{spec.q_cols() + 2 * spec.kv_cols()}, spec.hidden),
            {}};
  }
  const std::array names{prefix + "self_attn.q_proj.weight", prefix + "self_attn.k_proj.weight",
                         prefix + "self_attn.v_proj.weight"};
  return from.matrix_and_last(names, std::array{spec.q_cols(), spec.kv_cols(), spec.kv_cols()},
                              spec.hidden);
}

} // namespace

void load_attention(weight_reader& from, const model_spec& spec, const layer_spec& kind,
                    const std::string& prefix, decoder_layer& layer) {
  if (spec.latent.kv_rank > 0) {
    layer.latent = load_latent(from, spec, prefix);
  } else {
    auto all = load_qkv(from, spec, kind, prefix);
    layer.qkv = std::move(all.first);
    layer.values = std::move(all.last);
  }
  if (kind.has_qkv_bias) {
    layer.qkv_bias = load_qkv_bias(from, spec, prefix);
  }
  if (kind.has_qk_norm) {
    layer.q_norm = from.norm(prefix + "self_attn.q_norm", spec.head_dim, spec).weight;
    layer.k_norm = from.norm(prefix + "self_attn.k_norm", spec.head_dim, spec).weight;
  }
  if (kind.has_l2_norm) {
    layer.q_norm.assign(static_cast<std::size_t>(spec.head_dim), 1.0F);
    layer.k_norm = layer.q_norm;
  }
  if (kind.has_sinks) {
    layer.sinks = from.vector(prefix + "self_attn.sinks", spec.heads);
  }
  const auto out = prefix + std::string{spec.names.attention_out};
  if (kind.has_out_bias) {
    layer.attention_out_bias = from.vector(out + ".bias", spec.hidden);
  }
  const auto name = out + ".weight";
  layer.attention_out = from.matrix({&name, 1}, std::array{spec.hidden}, spec.value_cols());
}

} // namespace troupe::engine
