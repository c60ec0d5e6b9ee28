// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/silu_mul.hpp"

namespace troupe::engine::ops {

/// As silu_mul with the tanh form of GELU for the gate:
/// out[r,c] = (g / (1 + exp(-2 s (g + 0.044715 g^3)))) * u, s = sqrt(2 / pi).
///
/// Arithmetic: y = fma(0.044715, g * g, 1) * g * (-2 s), each product rounded.
/// Source:     Hendrycks and Gimpel 2016; 0.5 g (1 + tanh y) is g / (1 + exp(-2 y)).
/// Checked:    test/conformance/ops/row_ops_test.cpp
using gelu_mul_fn = silu_mul_fn;

} // namespace troupe::engine::ops
