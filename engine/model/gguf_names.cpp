// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf_names.hpp"

#include "engine/model/model_error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace troupe::engine {
namespace {

constexpr std::array<std::string_view, 3> architectures{"llama", "qwen2", "qwen3"};

struct name_row {
  std::string_view gguf;
  std::string_view hf;
  gguf_row_order rows = gguf_row_order::same;
};

constexpr std::array<name_row, 4> outer_names{{{"token_embd", "model.embed_tokens"},
                                               {"output_norm", "model.norm"},
                                               {"output", "lm_head"},
                                               {"rope_freqs", ""}}};

constexpr std::array<name_row, 11> layer_names{
    {{"attn_norm", "input_layernorm"},
     {"attn_q", "self_attn.q_proj", gguf_row_order::query_pairs},
     {"attn_k", "self_attn.k_proj", gguf_row_order::key_pairs},
     {"attn_v", "self_attn.v_proj"},
     {"attn_output", "self_attn.o_proj"},
     {"attn_q_norm", "self_attn.q_norm"},
     {"attn_k_norm", "self_attn.k_norm"},
     {"ffn_norm", "post_attention_layernorm"},
     {"ffn_gate", "mlp.gate_proj"},
     {"ffn_up", "mlp.up_proj"},
     {"ffn_down", "mlp.down_proj"}}};

/// "3.attn_q" of "blk.3.attn_q"; none where the number is not written as one.
struct layer_part {
  std::string_view number;
  std::string_view rest;
};
std::optional<layer_part> split_layer(std::string_view stem) {
  constexpr std::string_view prefix = "blk.";
  if (!stem.starts_with(prefix)) {
    return std::nullopt;
  }
  stem.remove_prefix(prefix.size());
  const auto dot = stem.find('.');
  if (dot == std::string_view::npos) {
    return std::nullopt;
  }
  const auto number = stem.substr(0, dot);
  std::uint32_t value = 0;
  const auto [end, failed] = std::from_chars(number.data(), number.data() + dot, value);
  const bool is_canonical =
      failed == std::errc{} && end == number.data() + dot && (dot == 1 || number.front() != '0');
  return is_canonical ? std::optional(layer_part{number, stem.substr(dot + 1)}) : std::nullopt;
}

std::optional<hf_place> find_place(std::string_view stem, std::string_view suffix) {
  if (const auto layer = split_layer(stem)) {
    const auto* row = std::ranges::find(layer_names, layer->rest, &name_row::gguf);
    if (row == layer_names.end()) {
      return std::nullopt;
    }
    return hf_place{"model.layers." + std::string{layer->number} + "." + std::string{row->hf}
                        + std::string{suffix},
                    row->rows};
  }
  const auto* row = std::ranges::find(outer_names, stem, &name_row::gguf);
  if (row == outer_names.end()) {
    return std::nullopt;
  }
  return hf_place{row->hf.empty() ? std::string{} : std::string{row->hf} + std::string{suffix},
                  row->rows};
}

} // namespace

result<void> check_gguf_architecture(std::string_view architecture, const std::string& path) {
  if (std::ranges::find(architectures, architecture) == architectures.end()) {
    return model_error(path, "general.architecture",
                       "unsupported architecture " + std::string{architecture},
                       "use the model's safetensors, or an external engine for this model");
  }
  return {};
}

result<hf_place> place_in_hf(std::string_view architecture, std::string_view tensor,
                             const std::string& path) {
  if (auto known = check_gguf_architecture(architecture, path); !known) {
    return known.err();
  }
  const auto dot = tensor.rfind('.');
  const auto suffix = dot == std::string_view::npos ? std::string_view{} : tensor.substr(dot);
  auto place = suffix == ".weight" || suffix == ".bias" ? find_place(tensor.substr(0, dot), suffix)
                                                        : std::nullopt;
  if (!place) {
    return model_error(path, tensor,
                       "no tensor of this name is known in architecture "
                           + std::string{architecture},
                       "use the model's safetensors, or an external engine for this model");
  }
  if (architecture != "llama") {
    place->rows = gguf_row_order::same;
  }
  return *std::move(place);
}

} // namespace troupe::engine
