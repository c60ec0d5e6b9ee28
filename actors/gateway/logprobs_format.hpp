// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/client_sink.hpp"
#include "actors/gateway/model_text.hpp"

#include <cstdint>
#include <string>

namespace troupe::openai {

/// A log probability as the API says it: what has none is -9999.
void append_logprob(std::string& out, float logprob);

/// Items of a chat's `logprobs.content`, one per token of the delta that has log probabilities:
/// token, logprob, bytes, top_logprobs. A comma comes first where `out` has an item already. Bytes
/// that are no UTF-8 alone are U+FFFD in `token` and exact in `bytes`.
/// Source: the OpenAI API, chat completions.
/// Checked: test/unit/gateway/logprobs_format_test.cpp
void append_token_logprobs(std::string& out, const model_text& model, const choice_delta& delta);

/// An item of `prompt_logprobs`: an object from ids to {logprob, rank, decoded_token} of the token
/// that stood there and of the `top` likeliest.
/// Source: vLLM. Checked: test/unit/gateway/logprobs_format_test.cpp
void append_prompt_logprobs(std::string& out, const model_text& model, token_id token,
                            const token_logprobs& told, std::uint32_t top);

} // namespace troupe::openai
