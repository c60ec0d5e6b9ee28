// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>

namespace troupe::cuda {

/// Under which the advice of a matrix library is kept. Products of many rows share it by steps of
/// 128, so that prompts of any length ask for little: an algorithm is good for any number of rows.
/// Checked: test/unit/cuda/product_key_test.cpp
struct product_key {
  std::int32_t outputs = 0;
  std::int32_t inputs = 0;
  std::int32_t rows = 0; ///< What advice is asked for.
  bool is_wide = false;  ///< fp32 comes out.
  std::int32_t batch = 1;

  friend auto operator<=>(const product_key&, const product_key&) = default;
};

[[nodiscard]] constexpr std::int32_t rows_of_advice(std::int32_t rows) {
  constexpr std::int32_t each_alone = 256;
  constexpr std::int32_t step = 128;
  return rows <= each_alone ? rows : (rows + step - 1) / step * step;
}

/// Advice that is kept at most; then all is forgotten.
inline constexpr std::size_t advice_max = 4096;

} // namespace troupe::cuda
