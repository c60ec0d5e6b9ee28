// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/element.hpp"

namespace troupe::cuda::ops {

/// The log-softmax of some rows of logits: at the row's token, and of the `top` likeliest, of
/// equals the lowest id first; as engine/core/logprobs.hpp.
///
/// Shapes:    logits [*, vocab] fp32; index [rows] which of them; tokens [*] by row of logits,
/// those
///            of no_token are passed over; logprob [rows]; top_ids, top_logprobs [rows, top].
/// Requires:  rows, vocab >= 1; 0 <= top <= vocab.
/// Tolerance: one unit in the last place: sums are in double, in another order.
/// Cost:      2 passes over a row, and one for each of `top`, in the second-level cache.
/// Checked:   test/gpu/logprobs_test.cpp
struct logprobs_args {
  const float* logits = nullptr;
  std::int32_t rows = 0;
  std::int32_t vocab = 0;
  const std::int32_t* index = nullptr;
  const std::uint32_t* tokens = nullptr;
  std::int32_t top = 0;
  float* logprob = nullptr;
  std::uint32_t* top_ids = nullptr;
  float* top_logprobs = nullptr;
};
[[nodiscard]] status logprobs(const logprobs_args& args, stream on);

} // namespace troupe::cuda::ops
