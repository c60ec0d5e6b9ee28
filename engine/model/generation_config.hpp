// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/tokens.hpp"
#include "runtime/base/result.hpp"
#include "runtime/json/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troupe::engine {

/// What the model's authors say about generating with it; a request's own fields win.
struct generation_defaults {
  std::vector<token_id> eos; ///< Ascending; of config.json and generation_config.json together.
  std::optional<float> temperature;
  std::optional<float> top_p;
  std::optional<std::uint32_t> top_k;
};

/// Reads eos_token_id (a number or a list) of both files and the sampling defaults of
/// generation_config.json, which may be absent (null). With do_sample false the temperature is 0.
///
/// Errors: model_invalid, with the field in `field`; ids outside [0, vocab) are among them.
/// Checked: test/unit/model/generation_config_test.cpp
[[nodiscard]] result<generation_defaults> read_generation(const json::value& config,
                                                          const json::value& generation,
                                                          std::uint32_t vocab,
                                                          const std::string& directory);

} // namespace troupe::engine
