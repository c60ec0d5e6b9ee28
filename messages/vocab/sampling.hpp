// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <tuple>

namespace troupe {

/// How the next token is chosen. The draw is keyed by (seed, choice, index of the token), so that
/// any worker continues a stream as any other would have.
struct sampling {
  float temperature = 1.0F; ///< 0..2; 0 is greedy, whatever the other fields say.
  float top_p = 1.0F;       ///< (0, 1]; 1 keeps all.
  std::uint32_t top_k = 0;  ///< 0 keeps all.
  std::uint64_t seed = 0;
  float min_p = 0;                 ///< 0..1, of the likeliest token's probability; 0 keeps all.
  float repetition_penalty = 1.0F; ///< Of tokens in prompt or answer; 1 changes nothing.
  float presence_penalty = 0;      ///< -2..2, of tokens in the answer, once.
  float frequency_penalty = 0;     ///< -2..2, of tokens in the answer, each time.
  std::uint32_t min_tokens = 0;    ///< No stop token before the answer has so many.
  bool logprobs = false;           ///< Tell each token's, as the model gave it.
  std::uint32_t top_logprobs = 0;  ///< 0..20, of the likeliest beside it. With logprobs.
  bool prompt_logprobs = false;    ///< Tell those of the prompt's tokens but the first, too.
  std::uint32_t prompt_top_logprobs = 0; ///< 0..20, as top_logprobs. With prompt_logprobs.

  static constexpr auto fields() {
    return std::tuple{field(1, "temperature", &sampling::temperature),
                      field(2, "top_p", &sampling::top_p),
                      field(3, "top_k", &sampling::top_k),
                      field(4, "seed", &sampling::seed),
                      field(5, "min_p", &sampling::min_p),
                      field(6, "repetition_penalty", &sampling::repetition_penalty),
                      field(7, "presence_penalty", &sampling::presence_penalty),
                      field(8, "frequency_penalty", &sampling::frequency_penalty),
                      field(9, "min_tokens", &sampling::min_tokens),
                      field(10, "logprobs", &sampling::logprobs),
                      field(11, "top_logprobs", &sampling::top_logprobs),
                      field(12, "prompt_logprobs", &sampling::prompt_logprobs),
                      field(13, "prompt_top_logprobs", &sampling::prompt_top_logprobs)};
  }
  friend bool operator==(const sampling&, const sampling&) = default;
};

} // namespace troupe
