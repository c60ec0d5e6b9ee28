// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/decoder_weights.hpp"
#include "engine/model/weight_reader.hpp"

#include <string>

/// The parts of a layer that have loaders of their own. `prefix` is that of the layer's tensors;
/// what is wrong is kept in the reader. Checked: test/conformance/model/families_test.cpp
namespace troupe::engine {

[[nodiscard]] expert_weights load_experts(weight_reader& from, const model_spec& spec,
                                          const std::string& prefix);

} // namespace troupe::engine
