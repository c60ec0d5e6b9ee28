// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// x[r,c] = x[r,c] * P(x[r,c]), in place, P being the normal distribution: GELU by the error
/// function, for MLPs without a gate.
///
/// Arithmetic: with a = |x| cut off at 14 and t = a / sqrt(2), P(-|x|) is
///             exp(-a^2 / 2) * Q((t - 3) / (t + 3)) / 2, Q a polynomial of degree 10 by Horner's
///             rule in fma, the rounding of a^2 made good; P(|x|) = 1 - P(-|x|). exp is ours
///             (engine/core/cpu/exp.hpp).
/// Accuracy:   within 2e-6 of the result, relative, for |x| < 12. A NaN stays one.
/// Shapes:     x [rows, cols] fp32 with row stride.
/// Source:     Hendrycks and Gimpel 2016; the polynomial is a fit of exp(t^2) erfc(t) of our own.
/// Checked:    test/conformance/ops/row_ops_test.cpp
struct gelu_args {
  float* x = nullptr;
  std::size_t x_stride = 0;
  std::int32_t rows = 0;
  std::int32_t cols = 0;
};
using gelu_fn = void (*)(const gelu_args&);

} // namespace troupe::engine::ops
