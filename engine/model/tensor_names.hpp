// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace troupe::engine {

/// What a family's files call the tensors of the MLPs of a layer; ".weight" follows each, an
/// expert's number stands between `expert` and `gate`, `up` or `down`.
/// Role: part of a model_spec. Source: the names that transformers 5.12 writes.
/// Checked: test/conformance/model/families_test.cpp
struct tensor_names {
  std::string_view router = "mlp.gate";
  std::string_view experts = "mlp.experts.";
  std::string_view expert_gate = "gate_proj";
  std::string_view expert_up = "up_proj";
  std::string_view expert_down = "down_proj";
  std::string_view shared_expert = "mlp.shared_expert.";
  std::string_view shared_gate = "mlp.shared_expert_gate";
};

} // namespace troupe::engine
