// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/router/predictor.hpp"

#include <algorithm>

namespace troupe {

namespace {

float rate_or(float measured, float unknown) {
  return measured > 0 ? measured : unknown;
}

float ms_for(std::uint64_t tokens, float per_s) {
  return static_cast<float>(tokens) * 1000.0F / per_s;
}

} // namespace

prediction predict(const candidate& who, std::uint32_t prompt_tokens,
                   const predictor_config& config) {
  const auto step_ms = rate_or(who.decode_step_ms, config.step_ms_unknown);
  const auto cached = who.remote ? std::max(who.prefill_cached_tokens, who.decode_cached_tokens)
                                 : who.decode_cached_tokens;
  const auto own = prompt_tokens - std::min(cached, prompt_tokens);
  prediction result{.computed_tokens = own};
  if (who.remote) {
    const auto rate = rate_or(who.prefill_rate, config.prefill_rate_unknown);
    const auto moved = prompt_tokens - std::min(who.decode_cached_tokens, prompt_tokens);
    const auto compute_ms = ms_for(own, rate);
    result.ttft_ms = ms_for(who.prefill_waiting_tokens, rate) + compute_ms
                     + config.transfer_ms_fixed + ms_for(moved, config.transfer_tokens_per_s);
    result.harm_ms = compute_ms * static_cast<float>(who.prefill_running);
  } else {
    const auto rate = rate_or(who.decode_prefill_rate, config.prefill_rate_unknown);
    const auto compute_ms = ms_for(own, rate);
    result.ttft_ms = ms_for(who.decode_waiting_tokens, rate) + compute_ms;
    result.harm_ms = compute_ms * static_cast<float>(who.decode_running);
  }
  // A sequence more makes every step of the batch a little longer: the tie-breaker between idle and
  // busy decode workers.
  result.ttft_ms += step_ms;
  result.harm_ms += step_ms * static_cast<float>(who.decode_running) * 0.05F;
  return result;
}

} // namespace troupe
