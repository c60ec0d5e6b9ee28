// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/token_counts.hpp"
#include "messages/vocab/sampling.hpp"
#include "messages/vocab/token_rules.hpp"
#include "messages/vocab/tokens.hpp"
#include "runtime/base/error.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace troupe::engine {

/// What logit_rules do to the logits of one token, for an execution that does it itself: in the
/// order and with the arithmetic of logit_rules::apply. Views of the rules.
struct logit_edits {
  std::span<const token_id> allowed; ///< Empty: all.
  std::span<const token_id> banned;
  std::span<const token_id> stops; ///< Banned, too; ids that the model lacks are passed over.
  std::span<const token_bias> bias;
  std::span<const token_counts::entry> seen;
  float repetition_penalty = 1;
  float frequency_penalty = 0;
  float presence_penalty = 0;
};

/// What changes one sequence's logits before the draw, in this order, each step on what the one
/// before it left:
///
///   1. allowed tokens: every other one is -inf
///   2. banned tokens: -inf
///   3. min_tokens: stop tokens are -inf while the answer has fewer
///   4. biases are added
///   5. repetition penalty, of each token in prompt or answer: a positive logit is divided by it,
///      any other multiplied
///   6. frequency penalty times the token's count in the answer is subtracted
///   7. presence penalty is subtracted from each token in the answer
///
/// A function of the request, the prompt and the answer so far and of nothing else: a sequence that
/// was preempted, migrated or replayed has the same bits.
/// Role: one per sequence that needs it; owned and told of new tokens by the engine_loop, read by
///       the execution. Thread: engine thread only.
/// Cost: `apply` is O(rules + distinct tokens), with allowed tokens O(vocabulary); it allocates
///       nothing. Bound: token_counts and the limits of token_rules.
/// Source: order of vLLM's sampler; repetition as in Hugging Face's
/// RepetitionPenaltyLogitsProcessor,
///         frequency and presence as in the OpenAI API.
/// Checked: test/unit/engine/logit_rules_test.cpp
class logit_rules {
public:
  [[nodiscard]] static bool are_needed(const sampling& how, const token_rules& rules);

  /// `answer` are the tokens already delivered.
  logit_rules(const sampling& how, token_rules rules, std::span<const token_id> stop_tokens,
              std::span<const token_id> prompt, std::span<const token_id> answer);

  void add_answer(token_id token);

  /// `raw` to `out` for the token `index` of the answer. Requires: equal sizes above every id but
  /// those of stop tokens.
  void apply(std::span<const float> raw, std::uint32_t index, std::span<float> out) const;

  /// For the token `index` of the answer; valid until the rules change or go.
  [[nodiscard]] logit_edits edits_of(std::uint32_t index) const;

private:
  [[nodiscard]] bool counts_answer() const;

  sampling how_;
  token_rules rules_;
  std::vector<token_id> stop_tokens_;
  token_counts counts_;
};

/// Whether these can be sampled from at all. Everything a peer may send is checked here.
/// Errors: invalid_value, too_large; `field` is OpenAI's or vLLM's name of it.
/// Checked: test/unit/engine/logit_rules_test.cpp
[[nodiscard]] std::optional<error> check_sampling(const sampling& how, const token_rules& rules,
                                                  std::span<const token_id> stop_tokens,
                                                  std::uint32_t max_tokens,
                                                  std::uint32_t vocab_size);

} // namespace troupe::engine
