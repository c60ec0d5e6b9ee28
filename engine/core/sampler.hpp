// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"
#include "engine/core/logit_rules.hpp"
#include "messages/vocab/sampling.hpp"
#include "messages/vocab/tokens.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace troupe::engine {

/// The uniform draw in [0, 1) of token `index` of choice `choice`: a counter, not a state, so that
/// any worker continues a stream where another stopped.
[[nodiscard]] double sampling_draw(std::uint64_t seed, std::uint32_t choice, std::uint32_t index);

/// Chooses a token from one row of logits. In this order: the sequence's logit_rules; at
/// temperature <= 0 the largest; otherwise softmax at that temperature over the tokens at least
/// min_p times as likely as the likeliest, of those the top_k likeliest, of those the fewest whose
/// probability reaches top_p. Equal logits are ordered by token id, lowest first; -inf is never
/// chosen.
///
/// Role: one per execution, for all its rows; it keeps nothing of a row but memory to reuse.
/// Thread: engine thread only.
/// Cost: O(vocabulary), plus O(kept log vocabulary) with top_k or top_p; allocates only for a
///       vocabulary larger than any before.
/// Source: order of vLLM's sampler.
/// Checked: test/unit/engine/sampler_test.cpp
class sampler {
public:
  /// Requires: logits non-empty.
  /// Errors: internal when a logit is NaN or +inf, or all are -inf; nothing else can fail.
  [[nodiscard]] result<token_id> choose(std::span<const float> logits, const sampling& how,
                                        std::uint32_t choice, std::uint32_t index,
                                        const logit_rules* rules = nullptr);

  /// Adds the row's token to `out`, and its log probabilities where the row asks for them;
  /// no_token where the logits are no numbers.
  void answer(const step_row& row, std::span<const float> logits, step_output& out);

private:
  struct candidate {
    float logit;
    token_id id;
  };

  [[nodiscard]] static bool is_worse(const candidate& a, const candidate& b) {
    return a.logit != b.logit ? a.logit < b.logit : a.id > b.id;
  }
  /// Moves what top_k and top_p keep to the end of `all_`, best last; gives their number.
  std::size_t keep_best(const sampling& how, double max, double scale);

  std::vector<candidate> all_;
  std::vector<float> changed_; ///< The logits after the rules.
};

} // namespace troupe::engine
