// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/sampling.hpp"
#include "messages/vocab/tokens.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <span>

namespace troupe::engine {

/// The uniform draw in [0, 1) of token `index` of choice `choice`: a counter, not a state, so that
/// any worker continues a stream where another stopped.
[[nodiscard]] double sampling_draw(std::uint64_t seed, std::uint32_t choice, std::uint32_t index);

/// Chooses a token from one row of logits: greedy at temperature <= 0, otherwise softmax at that
/// temperature over the top_k most likely, of those the fewest whose probability reaches top_p.
/// Equal logits are ordered by token id, lowest first; -inf is never chosen.
///
/// Requires: logits non-empty.
/// Errors:   internal when a logit is NaN or +inf, or all are -inf; nothing else can fail.
/// Cost:     O(vocabulary), plus O(kept log vocabulary) with top_k or top_p; one allocation unless
///           greedy.
/// Checked:  test/unit/engine/sampler_test.cpp
[[nodiscard]] result<token_id> sample(std::span<const float> logits, const sampling& how,
                                      std::uint32_t choice, std::uint32_t index);

} // namespace troupe::engine
