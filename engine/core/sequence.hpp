// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"
#include "engine/core/logit_rules.hpp"
#include "engine/engine_host.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace troupe::engine {

/// reserved -> queued -> filling -> running <-> paused, with preempted on the way from any of
/// them back to filling. All but reserved are also reported as sequence_phase.
enum class sequence_state : std::uint8_t { reserved, queued, filling, running, paused, preempted };

/// What is known of a prompt block that is not computed yet.
enum class block_source : std::uint8_t { compute, importing, present };

/// One choice of one request inside the engine. A sequence that ended while a step names it is kept
/// until that step's end, so that the step's spans stay valid; `ended` says so.
struct sequence {
  sequence_spec spec;       ///< Its prompt moved to `tokens`, its rules to `rules`.
  std::uint64_t number = 0; ///< Counts from 1 in order of arrival; the writer of its slots.
  std::uint64_t context_key = 0;
  sequence_state state = sequence_state::reserved;
  bool ended = false;
  bool wants_start = false;      ///< `start` came before its reservation was decided.
  bool sampled = false;          ///< Has made a token since it last took blocks.
  std::uint32_t alone_until = 0; ///< As in `start`.
  std::uint64_t last_step = 0;

  token_list tokens; ///< Prompt, delivered and new answer tokens.
  std::uint32_t prompt_tokens = 0;
  std::vector<block_name> names;    ///< Of all whole blocks of `tokens`.
  std::optional<logit_rules> rules; ///< Of all of `tokens`; none: nothing changes the logits.

  bool holds_blocks = false;
  std::uint32_t holding = 0;       ///< Counts how often blocks were taken: tells old imports apart.
  std::vector<slot_id> blocks;     ///< [blocks][pages], as step_row::blocks.
  std::uint32_t window_begin = 0;  ///< No window pages before this block.
  std::uint32_t imports_end = 0;   ///< After the last block that came whole by import.
  std::uint32_t shared_blocks = 0; ///< Leading blocks that are in the index.
  std::uint32_t computed = 0;      ///< Leading positions whose block contents are there.
  std::vector<block_source> sources; ///< Of the cacheable blocks; those before `computed` are past.
  std::uint32_t imports_pending = 0;
  std::uint32_t loaded_holding = 0; ///< The holding for which the host tier was asked last.

  std::uint32_t cached_tokens = 0;   ///< Prompt tokens never computed, as of the first fill.
  std::uint32_t computed_tokens = 0; ///< Prompt positions computed, again after preemption.

  std::uint32_t scored = 0; ///< Log probabilities of the prompt that were told, here or before.

  std::vector<double> pooled; ///< Sum over the pooled ones of `computed`; empty: no embedding.

  std::uint32_t export_next = 0; ///< prefill_only: the next block to copy out.
  std::uint32_t exports_pending = 0;

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(tokens.size()); }
  [[nodiscard]] std::uint32_t answer_count() const { return size() - prompt_tokens; }
  [[nodiscard]] bool has_credit() const { return answer_count() < spec.credit_up_to; }
  [[nodiscard]] bool is_alone() const { return answer_count() < alone_until; }
  [[nodiscard]] bool is_embedding() const { return spec.pooling != pooling_kind::none; }
  /// Makes an answer.
  [[nodiscard]] bool samples() const { return !spec.prefill_only && !is_embedding(); }
  [[nodiscard]] bool is_started() const { return state != sequence_state::reserved; }

  /// Log probabilities that its prompt has to tell.
  [[nodiscard]] std::uint32_t scores_wanted() const {
    return spec.how.prompt_logprobs && samples() ? prompt_tokens - 1 : 0;
  }
  [[nodiscard]] bool is_scoring() const { return scored < scores_wanted(); }

  /// Blocks of prompt and delivered tokens, never the block of the last token. None of an
  /// embedding: all of its prompt is computed for it, and a text is hardly ever asked for twice.
  [[nodiscard]] std::uint32_t shareable() const {
    return is_embedding() ? 0 : cacheable_blocks(size());
  }
  /// Those of them that may come from the index or by import: no token whose logits are still to
  /// be told.
  [[nodiscard]] std::uint32_t cacheable() const {
    return is_scoring() ? std::min(shareable(), scored / block_tokens) : shareable();
  }

  /// Positions that can be computed now: all; without credit not the last, which samples.
  [[nodiscard]] std::uint32_t fill_target() const {
    if (spec.prefill_only) {
      return cacheable() * block_tokens;
    }
    return has_credit() || is_embedding() ? size() : size() - 1;
  }
  [[nodiscard]] std::uint32_t unfilled() const {
    return fill_target() > computed ? fill_target() - computed : 0;
  }
  /// With room for the token that is made next.
  [[nodiscard]] std::uint32_t blocks_needed() const {
    if (is_embedding()) {
      return (size() + block_tokens - 1) / block_tokens;
    }
    return spec.prefill_only ? cacheable() : size() / block_tokens + 1;
  }
};

/// Who comes first where not all can: interactive before batch, then priority, then arrival.
[[nodiscard]] inline bool ranks_before(const sequence& a, const sequence& b) {
  if (a.spec.cls != b.spec.cls) {
    return a.spec.cls < b.spec.cls;
  }
  if (a.spec.priority != b.spec.priority) {
    return a.spec.priority > b.spec.priority;
  }
  return a.number < b.number;
}

} // namespace troupe::engine
