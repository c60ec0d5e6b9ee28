// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/support/golden_model.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace troupe::test {

/// The script keeps no fixture with a gap below 0.05, a hundred times what the limits of fp32
/// allow, so there every token is comparable. In bf16 a token is where its gap is more than bf16
/// could close: twice what it changed of any logit for transformers.
inline double least_gap(const golden_model& golden, const std::string& type) {
  double changed = 0;
  for (std::size_t i = 0; i < golden.fp32.size(); ++i) {
    for (std::size_t n = 0; n < golden.fp32[i].size(); ++n) {
      changed = std::max(changed, std::abs(static_cast<double>(golden.bf16[i][n])
                                           - static_cast<double>(golden.fp32[i][n])));
    }
  }
  return type == "F32" ? 0.05 : 2 * changed;
}

} // namespace troupe::test
