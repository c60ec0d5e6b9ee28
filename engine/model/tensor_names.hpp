// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace troupe::engine {

/// What a family's files call its tensors, where families differ; ".weight" or ".bias" follows. The
/// three of an MLP stand behind `mlp`, `shared_expert`, or `experts` and a number.
/// Role: part of a model_spec. Source: the names that transformers 5.12 writes.
/// Checked: test/conformance/model/families_test.cpp
struct tensor_names {
  std::string_view embedding = "embed_tokens";
  std::string_view layers = "layers.";
  std::string_view final_norm = "norm";
  std::string_view input_norm = "input_layernorm";
  std::string_view post_norm = "post_attention_layernorm";
  std::string_view qkv = "self_attn.qkv_proj"; ///< Where these are one tensor.
  std::string_view attention_out = "self_attn.o_proj";
  std::string_view mlp = "mlp.";
  std::string_view gate = "gate_proj";
  std::string_view up = "up_proj";
  std::string_view down = "down_proj";
  std::string_view router = "mlp.gate";
  std::string_view choice_bias = "mlp.gate.e_score_correction_bias"; ///< Whole, nothing follows.
  std::string_view experts = "mlp.experts.";
  std::string_view shared_expert = "mlp.shared_expert.";
  std::string_view shared_gate = "mlp.shared_expert_gate";
};

} // namespace troupe::engine
