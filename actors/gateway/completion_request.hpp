// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/generation_request.hpp"
#include "actors/gateway/prompt_inputs.hpp"

#include <cstdint>
#include <string_view>

namespace troupe {

namespace request_limits {
/// Texts of a completion, and those times `n`.
inline constexpr std::size_t prompts_max = 128;
inline constexpr std::size_t answers_max = 128;
} // namespace request_limits

/// OpenAI's default length of a completion.
inline constexpr std::uint32_t completion_tokens_default = 16;

/// A body of POST /v1/completions, checked for all that can be checked without its model. Its
/// answers are numbered by prompt, then by choice: prompt * n + choice.
struct completion_request : generation_request {
  prompt_inputs prompts;
  bool add_special = true; ///< Texts begin as the tokenizer has texts begin, as by a BOS.
  bool echo =
      false; ///< Each answer begins with its prompt; with logprobs, those of the prompt too.
};

/// Reads a body; max_tokens may be 0 with echo. Thread: any. Errors and cost: as
/// parse_chat_request.
/// Checked: test/unit/gateway/completion_request_test.cpp
[[nodiscard]] result<completion_request> parse_completion_request(std::string_view body,
                                                                  const request_options& options);

} // namespace troupe
