// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/core/rule_batch.hpp"
#include "cuda/device/transfers.hpp"
#include "cuda/ops/sample.hpp"
#include "engine/core/executor.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace troupe::cuda {

/// From the logits of a step to its tokens and their log probabilities, on the device: rules, draw,
/// log probabilities, as far as the rows want them. What comes to the host is a few numbers a row.
///
/// Role:    the execution's, for all its steps. All room on the device is made at the start: lists
///          of rules that are longer than it come in several passes.
/// Thread:  one at a time. Stream: asynchronous; whoever runs a step waits for it.
/// Errors:  CUDA's, as status; out of memory where a step's lists have no room.
/// Checked: test/gpu/executor_test.cpp, test/gpu/apply_rules_test.cpp, test/gpu/logprobs_test.cpp
class answering {
public:
  /// Room for steps that draw so many tokens, all of them by rules.
  [[nodiscard]] status reserve(std::int32_t tokens, std::int32_t vocab);

  /// Brings what the rows want to the device, in the order of `on`.
  [[nodiscard]] status begin(std::span<const engine::step_row> rows, std::int32_t vocab,
                             transfers& through, stream on);

  /// Draws and tells, and has the answers brought here; logits [rows that want a token, vocab].
  [[nodiscard]] status run(const float* logits, transfers& through, stream on);

  /// Adds to out.tokens and, where asked for, out.logprobs. Requires: `on` was waited for.
  void finish(engine::step_output& out) const;

private:
  [[nodiscard]] status rule(const float* logits, transfers& through, stream on);
  [[nodiscard]] status tell(const float* logits, transfers& through, stream on);

  /// The step that was begun.
  struct work {
    std::int32_t vocab = 0;
    std::int32_t tokens = 0;              ///< That are drawn.
    rule_batch rules;                     ///< Of some of them.
    std::vector<std::int32_t> asked;      ///< Rows of logits whose log probabilities are.
    std::vector<std::uint32_t> tops;      ///< How many each of them wants.
    std::size_t top = 0;                  ///< The most.
    std::span<const std::uint32_t> drawn; ///< What came of it.
    std::span<const float> logprobs;
    std::span<const std::uint32_t> top_ids;
    std::span<const float> top_logprobs;
  };
  work work_;

  device_buffer<ops::sample_row> how_;
  device_buffer<std::uint32_t> tokens_;
  device_buffer<std::int32_t> places_;
  device_buffer<ops::rule_row> rules_;
  rule_room room_; ///< Of the next two, of one pass.
  device_buffer<std::uint32_t> rule_tokens_;
  device_buffer<ops::token_edit> edits_;
  device_buffer<float> ruled_;        ///< [rows with rules, vocab]
  device_buffer<std::int32_t> index_; ///< [rows that want log probabilities], as logprob_.
  device_buffer<float> logprob_;
  device_buffer<std::uint32_t> top_ids_; ///< [those, top]
  device_buffer<float> top_logprobs_;
};

} // namespace troupe::cuda
