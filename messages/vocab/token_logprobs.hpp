// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/sampling_limits.hpp"
#include "messages/vocab/tokens.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <tuple>
#include <vector>

namespace troupe {

/// A token and the natural logarithm of its probability.
struct ranked_token {
  token_id token = 0;
  float logprob = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "token", &ranked_token::token),
                      field(2, "logprob", &ranked_token::logprob)};
  }
  friend bool operator==(const ranked_token&, const ranked_token&) = default;
};

/// How likely a chosen token was, and which were likeliest in its place: of the model's own
/// distribution, before rules, penalties and temperature.
struct token_logprobs {
  float logprob = 0;             ///< Of the chosen token; <= 0, -inf for one without probability.
  std::vector<ranked_token> top; ///< Likeliest first, of equals the lowest id first.
  std::uint32_t rank = 0;        ///< Of the chosen token in that order, from 1; 0: not told.

  static constexpr auto fields() {
    return std::tuple{field(1, "logprob", &token_logprobs::logprob),
                      field(2, "top", &token_logprobs::top, limits::top_logprobs_max),
                      field(3, "rank", &token_logprobs::rank)};
  }
  friend bool operator==(const token_logprobs&, const token_logprobs&) = default;
};

} // namespace troupe
