// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/client_sink.hpp"
#include "actors/gateway/model_text.hpp"

#include <string>

namespace troupe::openai {

/// Items of a chat's `logprobs.content`, one per token of the delta that has log probabilities:
/// token, logprob, bytes, top_logprobs. A comma comes first where `out` has an item already. Bytes
/// that are no UTF-8 alone are U+FFFD in `token` and exact in `bytes`; what has no probability is
/// -9999, as the API says it.
/// Source: the OpenAI API, chat completions.
/// Checked: test/unit/gateway/logprobs_format_test.cpp
void append_token_logprobs(std::string& out, const model_text& model, const choice_delta& delta);

} // namespace troupe::openai
