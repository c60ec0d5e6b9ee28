// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace troupe {

/// What the prediction of one candidate needs to know; all of it measured or counted, no weights.
struct candidate {
  // The decode worker.
  std::uint64_t decode_waiting_tokens = 0;
  std::uint32_t decode_running = 0;
  float decode_step_ms = 0;
  float decode_prefill_rate = 0; ///< Prompt tokens per second it computes; 0: not measured.
  std::uint32_t decode_cached_tokens = 0;
  bool has_room = true; ///< Blocks for prompt and answer.

  // The prefill worker; unused when local.
  bool remote = false;
  std::uint64_t prefill_waiting_tokens = 0;
  std::uint32_t prefill_running = 0; ///< Decodes it would slow down.
  float prefill_step_ms = 0;
  float prefill_rate = 0;
  std::uint32_t prefill_cached_tokens = 0;
};

struct prediction {
  float ttft_ms = 0;
  float harm_ms = 0; ///< Summed delay of the decodes that share the prefilling engine.
  std::uint32_t computed_tokens = 0;
  [[nodiscard]] float cost_ms() const { return ttft_ms + harm_ms; }
};

struct predictor_config {
  float prefill_rate_unknown = 2000; ///< Tokens per second, until a worker has reported its own.
  float step_ms_unknown = 20;
  float transfer_ms_fixed = 3; ///< Opening, first part, joining the batch.
  float transfer_tokens_per_s = 200'000;
};

/// Predicts the time to first token of a prompt of `prompt_tokens` on a candidate pair and the harm
/// it does to running decodes: waiting work and the own uncached tokens at the measured rate, plus
/// the transfer when another worker prefills, plus one decode step.
/// Cost: no allocation. Checked: test/unit/router/predictor_test.cpp
[[nodiscard]] prediction predict(const candidate& who, std::uint32_t prompt_tokens,
                                 const predictor_config& config);

} // namespace troupe
