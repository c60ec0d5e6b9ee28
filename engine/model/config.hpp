// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/model_spec.hpp"
#include "runtime/base/result.hpp"
#include "runtime/json/value.hpp"

#include <string>

namespace troupe::engine {

/// Reads config.json of a Hugging Face model, with rope in the older (rope_theta, rope_scaling) or
/// the newer dialect (rope_parameters). The families of families.cpp are executed; anything else,
/// and what of them is not, is refused by its name rather than guessed at. `path` is for messages.
///
/// Errors: model_invalid, with the field in `field`. Checked: test/unit/model/config_test.cpp
[[nodiscard]] result<model_spec> read_config(const json::value& config, const std::string& path);

/// Reads a JSON file of a model directory.
[[nodiscard]] result<json::value> read_json_file(const std::string& path);

} // namespace troupe::engine
