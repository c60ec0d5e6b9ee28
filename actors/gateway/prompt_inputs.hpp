// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/tokens.hpp"
#include "runtime/json/fields.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace troupe {

/// What a client wants read, one by one: texts, or tokens of the model's vocabulary.
using prompt_input = std::variant<std::string, token_list>;
using prompt_inputs = std::vector<prompt_input>;

/// Reads a required field that is a text, a list of texts, a list of token ids or a list of lists
/// of them. What is wrong is added to the reader's complaints: another type, an
/// empty list, more than `inputs_max` (too_large). Ids are not yet held against a vocabulary.
/// Checked: test/unit/gateway/completion_request_test.cpp
[[nodiscard]] prompt_inputs read_prompts(const json::object_reader& body, std::string_view name,
                                         std::size_t inputs_max);

} // namespace troupe
