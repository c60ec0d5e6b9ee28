// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/token_rules.hpp"
#include "runtime/json/fields.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace troupe {

/// What a body says of sampling; absent where the model's own default stands.
struct sampling_request {
  std::optional<float> temperature;
  std::optional<float> top_p;
  std::optional<std::uint32_t> top_k; ///< 0: all.
  std::optional<std::uint64_t> seed;
  float min_p = 0;
  float repetition_penalty = 1;
  float presence_penalty = 0;
  float frequency_penalty = 0;
  std::uint32_t min_tokens = 0;
  bool logprobs = false;
  std::uint32_t top_logprobs = 0;
  std::optional<std::uint32_t> prompt_logprobs; ///< Ranked ones of each prompt token.
  token_rules rules;                            ///< Ids not yet held against a vocabulary.
};

/// Reads temperature, top_p, top_k, min_p, seed, the penalties, min_tokens, logit_bias,
/// allowed_token_ids, banned_token_ids and prompt_logprobs. What is wrong is added to the reader's
/// complaints under its name.
/// Source: the OpenAI API; vLLM's names for what it lacks, `banned_token_ids` beside them.
/// Checked: test/unit/gateway/sampling_request_test.cpp
[[nodiscard]] sampling_request read_sampling(const json::object_reader& body);

/// A chat's `logprobs` (true or false) and `top_logprobs`.
void read_chat_logprobs(const json::object_reader& body, sampling_request& out);

/// A completion's `logprobs`: how many ranked ones; absent: none, not even the chosen token's.
void read_completion_logprobs(const json::object_reader& body, sampling_request& out);

/// Ids below 2^31; complains about the first that is none, as `path`[i].
void read_token_ids(json::complaints& wrong, const std::string& path,
                    const json::value::array& from, token_list& out);

} // namespace troupe
