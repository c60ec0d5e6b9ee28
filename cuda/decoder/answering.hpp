// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/core/rule_batch.hpp"
#include "cuda/device/buffer.hpp"
#include "cuda/device/graph.hpp"
#include "cuda/ops/sample.hpp"
#include "engine/core/executor.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace troupe::cuda {

/// From the logits of a step to its tokens and their log probabilities, on the device: rules, draw,
/// log probabilities, as far as the rows want them. What comes to the host is a few numbers a row.
///
/// Role:    the execution's, for all its steps; its memory grows to the largest step's.
/// Thread:  one at a time; the stream is waited for.
/// Errors:  CUDA's, as status; out of memory where a step's rules have no room.
/// Checked: test/gpu/executor_test.cpp, test/gpu/apply_rules_test.cpp, test/gpu/logprobs_test.cpp
class answering {
public:
  /// Room for steps that draw so many tokens.
  [[nodiscard]] status reserve(std::size_t tokens);

  /// Adds to out.tokens and, where asked for, out.logprobs. logits [rows that want a token, vocab].
  [[nodiscard]] status run(std::span<const engine::step_row> rows, const float* logits,
                           std::int32_t vocab, const owned_stream& on, engine::step_output& out);

private:
  [[nodiscard]] status rule(const rule_batch& rules, const float* logits, std::int32_t vocab,
                            stream on);
  [[nodiscard]] status draw(const rule_batch& rules, const std::vector<ops::sample_row>& how,
                            const float* logits, std::int32_t vocab, stream on);
  [[nodiscard]] status tell(std::span<const engine::step_row> rows, const float* logits,
                            std::int32_t vocab, const owned_stream& on, engine::step_output& out);

  device_buffer<ops::sample_row> how_;
  device_buffer<std::uint32_t> tokens_;
  device_buffer<std::int32_t> places_;
  device_buffer<ops::rule_row> rules_;
  device_buffer<std::uint32_t> rule_tokens_;
  device_buffer<ops::token_edit> edits_;
  device_buffer<float> ruled_;        ///< [rows with rules, vocab]
  device_buffer<std::int32_t> index_; ///< [rows that want log probabilities], as logprob_.
  device_buffer<float> logprob_;
  device_buffer<std::uint32_t> top_ids_; ///< [those, top]
  device_buffer<float> top_logprobs_;
};

} // namespace troupe::cuda
