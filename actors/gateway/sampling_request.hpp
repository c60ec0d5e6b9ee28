// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/token_rules.hpp"
#include "runtime/json/fields.hpp"

#include <cstdint>
#include <optional>

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
  token_rules rules; ///< Ids not yet held against a vocabulary.
};

/// Reads temperature, top_p, top_k, min_p, seed, the penalties, min_tokens, logit_bias,
/// allowed_token_ids, banned_token_ids, logprobs and top_logprobs. What is wrong is added to the
/// reader's complaints under its name.
/// Source: the OpenAI API; vLLM's names for what it lacks, `banned_token_ids` beside them.
/// Checked: test/unit/gateway/sampling_request_test.cpp
[[nodiscard]] sampling_request read_sampling(const json::object_reader& body);

} // namespace troupe
