// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/silu_mul.hpp"

namespace troupe::engine::ops {

/// Where gate and up are cut off, and how steep the gate is.
inline constexpr float swiglu_oai_limit = 7.0F;
inline constexpr float swiglu_oai_slope = 1.702F;

/// As silu_mul with the gate of gpt-oss: out[r,c] = (g / (1 + exp(-1.702 g))) * (u + 1), g being
/// cut off above 7, u below -7 and above 7.
///
/// Arithmetic: the product 1.702 g is rounded; a NaN stays one.
/// Source:     OpenAI's gpt-oss, as in transformers 5.12.
/// Checked:    test/conformance/ops/row_ops_test.cpp
using swiglu_oai_fn = silu_mul_fn;

} // namespace troupe::engine::ops
