// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/logit_rules.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace troupe::engine {

namespace {

error invalid(std::string_view field, std::string_view what) {
  return {errc::invalid_value, std::string(field) + ": " + std::string(what), std::string(field)};
}

/// False for what is no number, too.
bool is_within(float value, float min, float max) {
  return value >= min && value <= max;
}

std::optional<error> check_numbers(const sampling& how, std::uint32_t max_tokens) {
  constexpr auto penalty = limits::penalty_abs_max;
  if (!is_within(how.min_p, 0, 1)) {
    return invalid("min_p", "is not within 0 and 1");
  }
  if (!is_within(how.repetition_penalty, limits::repetition_min, limits::repetition_max)) {
    return invalid("repetition_penalty", "is not within 0.01 and 10; 1 changes nothing");
  }
  if (!is_within(how.presence_penalty, -penalty, penalty)) {
    return invalid("presence_penalty", "is not within -2 and 2");
  }
  if (!is_within(how.frequency_penalty, -penalty, penalty)) {
    return invalid("frequency_penalty", "is not within -2 and 2");
  }
  if (how.min_tokens > max_tokens) {
    return invalid("min_tokens", "is above max_tokens; lower it or raise max_tokens");
  }
  if (how.top_logprobs > limits::top_logprobs_max) {
    return invalid("top_logprobs", "is above 20; ask for at most 20");
  }
  if (how.top_logprobs > 0 && !how.logprobs) {
    return invalid("top_logprobs", "comes with logprobs only; set it, too");
  }
  if (how.prompt_top_logprobs > limits::top_logprobs_max) {
    return invalid("prompt_logprobs", "is above 20; ask for at most 20");
  }
  return std::nullopt;
}

std::optional<error> check_ids(const token_rules& rules, std::uint32_t vocab_size) {
  const auto unknown = [vocab_size](token_id token) {
    return token >= vocab_size;
  };
  const auto what = "names no token of this model; send ids below " + std::to_string(vocab_size);
  for (const auto& each : rules.bias) {
    if (unknown(each.token)) {
      return invalid("logit_bias", what);
    }
    if (!is_within(each.bias, -limits::logit_bias_abs_max, limits::logit_bias_abs_max)) {
      return invalid("logit_bias", "has a bias that is not within -100 and 100");
    }
  }
  if (std::ranges::any_of(rules.allowed, unknown)) {
    return invalid("allowed_token_ids", what);
  }
  if (std::ranges::any_of(rules.banned, unknown)) {
    return invalid("banned_token_ids", what);
  }
  return std::nullopt;
}

/// Whether a token is left when `excluded` are out.
bool leaves_some(const token_rules& rules, token_list excluded, std::uint32_t vocab_size) {
  std::ranges::sort(excluded);
  const auto repeated = std::ranges::unique(excluded);
  excluded.erase(repeated.begin(), repeated.end());
  if (rules.allowed.empty()) {
    return excluded.size() < vocab_size;
  }
  return !std::ranges::all_of(
      rules.allowed, [&](token_id token) { return std::ranges::binary_search(excluded, token); });
}

} // namespace

std::optional<error> check_sampling(const sampling& how, const token_rules& rules,
                                    std::span<const token_id> stop_tokens, std::uint32_t max_tokens,
                                    std::uint32_t vocab_size) {
  if (auto why = check_numbers(how, max_tokens)) {
    return why;
  }
  if (rules.empty() && how.min_tokens == 0) {
    return std::nullopt;
  }
  if (auto why = check_ids(rules, vocab_size)) {
    return why;
  }
  if (!leaves_some(rules, rules.banned, vocab_size)) {
    return invalid(rules.allowed.empty() ? "banned_token_ids" : "allowed_token_ids",
                   "all that is allowed is banned; leave some tokens");
  }
  if (how.min_tokens > 0) {
    auto excluded = rules.banned;
    excluded.insert(excluded.end(), stop_tokens.begin(), stop_tokens.end());
    std::erase_if(excluded, [&](token_id token) { return token >= vocab_size; });
    if (!leaves_some(rules, std::move(excluded), vocab_size)) {
      return invalid("min_tokens", "only stop tokens are allowed; allow others or leave it out");
    }
  }
  return std::nullopt;
}

} // namespace troupe::engine
