// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"

#include <cstdint>

namespace troupe::bench {

inline constexpr std::uint32_t prefill_tokens = 512;
inline constexpr std::uint32_t decode_tokens = 128;
inline constexpr std::uint32_t batch_prompt_tokens = 16;
inline constexpr std::uint32_t batch_decode_tokens = 32;
inline constexpr std::uint32_t batch_sequences_max = 32;

/// How fast an execution computes tokens of random ids; each measurement starts with empty blocks.
/// Thread: the caller's is the engine thread.
class engine_rates {
public:
  /// Makes the pool. Requires: a context of at least prefill_tokens.
  explicit engine_rates(engine::executor& execution);

  /// Tokens per second of one prompt of prefill_tokens, in one step.
  [[nodiscard]] double prefill();
  /// Of one sequence that answers decode_tokens from nothing.
  [[nodiscard]] double decode();
  /// Of `sequences` that answer batch_decode_tokens each after prompts of batch_prompt_tokens, the
  /// prompts not counted. Requires: 1 <= sequences <= batch_sequences_max.
  [[nodiscard]] double decode_batch(std::uint32_t sequences);

private:
  double answer(std::uint32_t sequences, std::uint32_t prompt_tokens, std::uint32_t answer_tokens);
  double step(std::uint32_t sequences, std::uint32_t position, std::uint32_t tokens);

  engine::executor& execution_;
  std::uint64_t steps_ = 0;
};

} // namespace troupe::bench
