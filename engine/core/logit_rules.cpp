// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/logit_rules.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace troupe::engine {

namespace {

constexpr auto nothing = -std::numeric_limits<float>::infinity();

} // namespace

bool logit_rules::are_needed(const sampling& how, const token_rules& rules) {
  return !rules.empty() || how.repetition_penalty != 1 || how.presence_penalty != 0
         || how.frequency_penalty != 0 || how.min_tokens > 0;
}

logit_rules::logit_rules(const sampling& how, token_rules rules,
                         std::span<const token_id> stop_tokens, std::span<const token_id> prompt,
                         std::span<const token_id> answer)
    : how_(how), rules_(std::move(rules)), stop_tokens_(stop_tokens.begin(), stop_tokens.end()) {
  if (how_.repetition_penalty != 1) {
    counts_.add_prompt(prompt);
  }
  for (const auto token : answer) {
    add_answer(token);
  }
}

bool logit_rules::counts_answer() const {
  return how_.repetition_penalty != 1 || how_.presence_penalty != 0 || how_.frequency_penalty != 0;
}

void logit_rules::add_answer(token_id token) {
  if (counts_answer()) {
    counts_.add_answer(token);
  }
}

logit_edits logit_rules::edits_of(std::uint32_t index) const {
  return {.allowed = rules_.allowed,
          .banned = rules_.banned,
          .stops = index < how_.min_tokens ? std::span<const token_id>{stop_tokens_}
                                           : std::span<const token_id>{},
          .bias = rules_.bias,
          .seen = counts_.entries(),
          .repetition_penalty = how_.repetition_penalty,
          .frequency_penalty = how_.frequency_penalty,
          .presence_penalty = how_.presence_penalty};
}

void logit_rules::apply(std::span<const float> raw, std::uint32_t index,
                        std::span<float> out) const {
  TROUPE_CHECK(raw.size() == out.size());
  const auto edits = edits_of(index);
  if (edits.allowed.empty()) {
    std::ranges::copy(raw, out.begin());
  } else {
    std::ranges::fill(out, nothing);
    for (const auto token : edits.allowed) {
      out[token] = raw[token];
    }
  }
  for (const auto token : edits.banned) {
    out[token] = nothing;
  }
  for (const auto token : edits.stops) {
    if (token < out.size()) { // A stop token that the model lacks is no error.
      out[token] = nothing;
    }
  }
  for (const auto& each : edits.bias) {
    out[each.token] += each.bias;
  }
  for (const auto& [token, answer] : edits.seen) {
    auto& logit = out[token];
    logit = logit > 0 ? logit / edits.repetition_penalty : logit * edits.repetition_penalty;
    if (answer > 0) {
      logit -= edits.frequency_penalty * static_cast<float>(answer);
      logit -= edits.presence_penalty;
    }
  }
}

} // namespace troupe::engine
