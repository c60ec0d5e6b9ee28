// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/element.hpp"

namespace troupe::cuda::ops {

/// What one row is sampled with: engine::sampling with the draw and the cut made by the host, so
/// that both are the CPU's bits (cuda/core/sample_row.hpp).
struct sample_row {
  double scale = 1; ///< 1 / temperature.
  double draw = 0;  ///< In [0, 1).
  double least = 0; ///< Logits below the best plus this are cut off: ln(min_p) * temperature.
  double top_p = 1;
  std::uint32_t top_k = 0;
  bool is_greedy = true;
};

/// In place of a token: the row's logits were no numbers.
inline constexpr std::uint32_t no_token = 0xffffffffU;

/// Chooses a token of each row, as engine/core/sampler.hpp; the logit rules were applied before.
///
/// Shapes:    logits [rows, vocab] fp32 with row stride; how, tokens [rows]; ruled [*, vocab], of
///            which ruled_place [rows] names a row in place of that of logits, -1: none.
/// Requires:  rows, vocab >= 1; vocab <= 2^24.
/// Tolerance: none: the CPU's token, unless the draw lies nearer to a border between two tokens
///            than the rounding of the CPU's sums in double (here they are exact to 2^-80). Where a
///            logit is infinite or a NaN, or all are -infinity, no_token.
/// Cost:      1 pass over a row to be greedy; with a temperature 3 more, with top_k or top_p up to
///            24, in the second-level cache.
/// Checked:   test/gpu/sample_test.cpp
struct sample_args {
  const float* logits = nullptr;
  std::size_t logits_stride = 0;
  std::int32_t rows = 0;
  std::int32_t vocab = 0;
  const sample_row* how = nullptr;
  const float* ruled = nullptr;
  const std::int32_t* ruled_place = nullptr; ///< Null: -1 of all.
  std::uint32_t* tokens = nullptr;
};
[[nodiscard]] status sample(const sample_args& args, stream on);

} // namespace troupe::cuda::ops
