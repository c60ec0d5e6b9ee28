// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// Largest number of experts that a router chooses from.
inline constexpr std::int32_t experts_max = 1024;

/// What becomes of the logits: a softmax over all of them or a sigmoid of each before the choice,
/// or either of the logits of the chosen experts alone.
enum class route_score : std::uint8_t { softmax, sigmoid, softmax_of_chosen, sigmoid_of_chosen };

/// Chooses `chosen` of `experts` for each row and says what share each has in the row's output.
///
/// Choice:     experts fall in rank by score + choice_bias (of_chosen: by logit), the lower
///             index first where two are equal. With groups, experts stand in `groups` runs of
///             equal length; only those of the `groups_chosen` best runs take part, a run being
///             worth the sum of its two best, the lower run first where two are equal.
/// Shares:     the scores of the chosen without the bias; divided by (their sum + 1e-20) where
///             is_normalized; then times `scale`.
/// Arithmetic: a softmax subtracts the maximum, sums exp upwards from index (or rank) 0 and
///             divides; a sigmoid is 1 / (1 + exp(-x)); a sum of shares goes by rank. exp is ours
///             (engine/core/cpu/exp.hpp). Rows do not see each other.
/// Shapes:     logits [rows, experts] fp32 with row stride; choice_bias [experts] or null;
///             ids, shares [rows, chosen], by rank.
/// Requires:   1 <= chosen <= experts <= experts_max; groups divides experts into runs of at least
///             2 (or is 1); chosen <= experts of groups_chosen runs (checked). A NaN ranks
///             anywhere, but ids stay distinct and in range. Cannot fail.
/// Source:     Shazeer et al. 2017; DeepSeek-AI 2024 (V3, groups and bias).
/// Checked:    test/conformance/ops/route_test.cpp
struct route_args {
  const float* logits = nullptr;
  std::size_t logits_stride = 0;
  std::int32_t rows = 0;
  std::int32_t experts = 0;
  std::int32_t chosen = 0;
  route_score score = route_score::softmax;
  bool is_normalized = false;
  float scale = 1;
  const float* choice_bias = nullptr;
  std::int32_t groups = 1;
  std::int32_t groups_chosen = 1;
  std::int32_t* ids = nullptr;
  float* shares = nullptr;
};
using route_fn = void (*)(const route_args&);

} // namespace troupe::engine::ops
