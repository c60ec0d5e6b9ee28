// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/gguf.hpp"
#include "messages/vocab/pooling.hpp"
#include "runtime/base/result.hpp"
#include "runtime/json/value.hpp"

#include <string>

namespace troupe::engine {

/// What sentence-transformers' 1_Pooling/config.json says of a model's embeddings: `mean` or `last`
/// (pooling_mode_mean_tokens, pooling_mode_lasttoken, or pooling_mode by name); none for whatever
/// else it says. `config` null: there is no such file. Errors: model_invalid, with the field.
/// Checked: test/unit/model/pooling_config_test.cpp
[[nodiscard]] result<pooling_kind> read_pooling(const json::value& config, const std::string& path);

/// What a GGUF file says of it, as `<architecture>.pooling_type`: 1 is `mean`, 3 is `last`.
/// Errors: model_invalid, with the key, for what is no integer.
[[nodiscard]] result<pooling_kind> read_pooling(const gguf_file& file);

} // namespace troupe::engine
