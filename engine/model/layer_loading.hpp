// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/decoder_weights.hpp"
#include "engine/model/weight_reader.hpp"

#include <string>

/// The parts of a layer that have loaders of their own. `prefix` is that of the layer's tensors;
/// what is wrong is kept in the reader. Checked: test/conformance/model/families_test.cpp
namespace troupe::engine {

/// q, k and v, their biases and norms, sinks, and what brings the heads together.
void load_attention(weight_reader& from, const model_spec& spec, const layer_spec& kind,
                    const std::string& prefix, decoder_layer& layer);

/// Of attention over latent keys.
[[nodiscard]] latent_weights load_latent(weight_reader& from, const model_spec& spec,
                                         const std::string& prefix);

/// The MLP whose names start with `prefix`; `is_fused`: gate and up are one tensor.
[[nodiscard]] mlp_weights load_mlp(weight_reader& from, const model_spec& spec, bool is_fused,
                                   const std::string& prefix, std::int32_t feed_forward);

[[nodiscard]] expert_weights load_experts(weight_reader& from, const model_spec& spec,
                                          const std::string& prefix);

} // namespace troupe::engine
