// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/element.hpp"

namespace troupe::cuda::ops {

/// A token with what a bias adds to it, or how often the answer has it.
struct token_edit {
  std::uint32_t token = 0;
  float bias = 0;
  std::uint32_t count = 0;
};

/// What one row's logits go through, as engine::logit_rules::edits; its parts are ranges of the
/// arrays of apply_rules_args.
struct rule_row {
  std::int32_t logits = 0; ///< Which row of them.
  std::int32_t allowed = 0;
  std::int32_t allowed_end = 0; ///< As `allowed`: all are.
  std::int32_t banned = 0;
  std::int32_t banned_end = 0;
  std::int32_t biases = 0; ///< Those of one token side by side, in their order.
  std::int32_t biases_end = 0;
  std::int32_t seen = 0; ///< Each token once.
  std::int32_t seen_end = 0;
  float repetition = 1;
  float frequency = 0;
  float presence = 0;
};

/// out[i] = what the rules of rows[i] make of its logits, as engine::logit_rules::apply.
///
/// Shapes:    logits [*, vocab] and out [count, vocab] fp32; rows [count] of the device, as tokens
///            and edits.
/// Requires:  count, vocab >= 1; every token < vocab (the caller's duty).
/// Tolerance: none, the same bits. Checked: test/gpu/apply_rules_test.cpp
struct apply_rules_args {
  const float* logits = nullptr;
  std::int32_t count = 0;
  std::int32_t vocab = 0;
  const rule_row* rows = nullptr;
  const std::uint32_t* tokens = nullptr;
  const token_edit* edits = nullptr;
  float* out = nullptr;
};
[[nodiscard]] status apply_rules(const apply_rules_args& args, stream on);

} // namespace troupe::cuda::ops
