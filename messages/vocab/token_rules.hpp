// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/sampling_limits.hpp"
#include "messages/vocab/tokens.hpp"
#include "runtime/codec/fields.hpp"

#include <tuple>
#include <vector>

namespace troupe {

/// What is added to one token's logit.
struct token_bias {
  token_id token = 0;
  float bias = 0; ///< -100..100

  static constexpr auto fields() {
    return std::tuple{field(1, "token", &token_bias::token), field(2, "bias", &token_bias::bias)};
  }
  friend bool operator==(const token_bias&, const token_bias&) = default;
};

/// Which tokens an answer may have. Ids in any order, below the model's vocabulary; repeated
/// biases add up.
struct token_rules {
  std::vector<token_bias> bias;
  token_list allowed; ///< Only these; empty: all.
  token_list banned;  ///< None of these, allowed or not.

  [[nodiscard]] bool empty() const { return bias.empty() && allowed.empty() && banned.empty(); }

  static constexpr auto fields() {
    return std::tuple{field(1, "bias", &token_rules::bias, limits::logit_bias_max),
                      field(2, "allowed", &token_rules::allowed, limits::allowed_tokens_max),
                      field(3, "banned", &token_rules::banned, limits::banned_tokens_max)};
  }
  friend bool operator==(const token_rules&, const token_rules&) = default;
};

} // namespace troupe
