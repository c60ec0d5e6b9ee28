// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/model_spec.hpp"

#include <cstdint>
#include <vector>

namespace troupe::engine {

/// Cosines and sines of positions and frequencies, [positions, rotary_dim / 2], growing with the
/// positions in use so that a long context costs nothing before somebody uses it. Angles are
/// rounded as Hugging Face rounds them: frequency and angle each to fp32.
/// Thread: engine thread only. Checked: test/unit/model/rope_table_test.cpp
class rope_table {
public:
  /// `rotary_dim` elements of a head are rotated; even. Requires: pair_factors for each pair where
  /// the scaling is longrope.
  rope_table(const rope_spec& rope, std::int32_t rotary_dim);

  /// Makes rows [0, positions) readable; moves the tables when they grow.
  void cover(std::uint32_t positions);

  [[nodiscard]] const float* cos() const { return cos_.data(); }
  [[nodiscard]] const float* sin() const { return sin_.data(); }
  [[nodiscard]] const std::vector<float>& frequencies() const { return frequencies_; }

private:
  std::vector<float> frequencies_; ///< [rotary_dim / 2]
  float gain_;
  std::uint32_t covered_ = 0;
  std::vector<float> cos_;
  std::vector<float> sin_;
};

} // namespace troupe::engine
