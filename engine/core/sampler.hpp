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
/// Role: one per execution, or per thread of it, for all its rows; it keeps nothing of a row but
/// memory to reuse. Thread: one at a time.
/// Cost: O(vocabulary), plus O(kept log kept) with top_k or top_p; allocates only for a
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

  /// Writes the row's token to out.tokens[at], and its log probabilities, where the row asks for
  /// them, to out.logprobs[at]; no_token where the logits are no numbers.
  /// Requires: both are that long (out.logprobs where asked for).
  void answer_at(std::size_t at, const step_row& row, std::span<const float> logits,
                 step_output& out);
  /// As above, added behind the tokens that are there.
  void answer(const step_row& row, std::span<const float> logits, step_output& out);

private:
  struct candidate {
    float logit;
    token_id id;
  };

  [[nodiscard]] static bool is_worse(const candidate& a, const candidate& b) {
    return a.logit != b.logit ? a.logit < b.logit : a.id > b.id;
  }
  /// What top_k and top_p keep of `all_`, best last.
  [[nodiscard]] std::span<const candidate> keep_best(const sampling& how, double max, double scale);
  struct mass {
    std::span<candidate> likeliest;
    double total = 0; ///< Of all of `from`.
  };
  /// Those of `from`, moved to its end, that the fewest whose probability reaches top_p are among.
  [[nodiscard]] static mass keep_mass(std::span<candidate> from, double top_p, double max,
                                      double scale);

  std::vector<candidate> all_;
  std::vector<double> sums_;   ///< Of the likelihoods of what is kept, one after the other.
  double mass_ = 0;            ///< Sum of the likelihoods that top_p chooses from.
  std::vector<float> changed_; ///< The logits after the rules.
};

} // namespace troupe::engine
