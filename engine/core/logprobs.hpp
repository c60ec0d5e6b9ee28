// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"
#include "messages/vocab/token_logprobs.hpp"
#include "messages/vocab/tokens.hpp"

#include <cstdint>
#include <span>

namespace troupe::engine {

/// The log-softmax of one row of the model's own logits: at `token`, and of the `top` likeliest.
/// Of a row without all its numbers they mean nothing.
/// Requires: token < logits.size().
/// Cost: O(vocabulary + ranked log top); one allocation, none with top 0.
/// Source: the OpenAI API's `logprobs`; vLLM's `raw_logprobs`.
/// Checked: test/unit/engine/logprobs_test.cpp
[[nodiscard]] token_logprobs logprobs_of(std::span<const float> logits, token_id token,
                                         std::uint32_t top);

/// How likely the token after row.tokens[at] was, with its rank; the logarithm is NaN where the
/// logits are no numbers. Requires: the row scores that token.
[[nodiscard]] token_logprobs score_of(const step_row& row, std::uint32_t at,
                                      std::span<const float> logits);

} // namespace troupe::engine
