// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/logit_rules.hpp"
#include "engine/core/sampler.hpp"
#include "engine/core/sim/sim_tokens.hpp"

#include <cstdint>
#include <span>
#include <vector>

/// The logits that the simulated engine must have where the way of sampling matters, as pure
/// functions like those of sim_tokens.hpp.
/// Checked: test/unit/engine/sampled_sequences_test.cpp
namespace troupe::engine {

/// Whether the simulated engine makes logits and samples from them; otherwise sim_token says.
[[nodiscard]] inline bool sim_has_logits(const sampling& how, const logit_rules* rules) {
  return rules != nullptr || how.min_p > 0 || how.logprobs;
}

/// Logits after that history: 0 to 16, those of avoided tokens so low that they are chosen only
/// where nothing else is allowed. Cost: O(vocabulary).
inline void fill_sim_logits(const sim_vocabulary& vocabulary, std::uint64_t history,
                            std::vector<float>& out) {
  out.resize(vocabulary.size);
  for (std::uint32_t token = 0; token < vocabulary.size; ++token) {
    out[token] = static_cast<float>(mix64(history, token) >> 40U) * 0x1p-20F;
  }
  for (const auto token : vocabulary.avoided) {
    out[token] = -1000;
  }
}

/// The token after `prompt` and `answer`, whose hash is `history`, from nothing that an engine
/// keeps: what any engine must choose, whatever happened to the sequence before.
[[nodiscard]] inline token_id sim_sampled_token(
    const sim_vocabulary& vocabulary, std::uint64_t history, const sampling& how,
    const token_rules& rules, std::span<const token_id> stop_tokens, std::uint32_t choice,
    std::span<const token_id> prompt, std::span<const token_id> answer) {
  const logit_rules all{how, rules, stop_tokens, prompt, answer};
  const auto* needed = logit_rules::are_needed(how, rules) ? &all : nullptr;
  if (!sim_has_logits(how, needed)) {
    return sim_token(vocabulary, history, how.seed, choice);
  }
  std::vector<float> logits;
  fill_sim_logits(vocabulary, history, logits);
  const auto token =
      sampler{}.choose(logits, how, choice, static_cast<std::uint32_t>(answer.size()), needed);
  return token ? *token : no_token;
}

} // namespace troupe::engine
