// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

namespace troupe::engine::cpu {

/// The one exp of the CPU ops: exp(x) = 2^n * P(r), n = round(x / ln 2), r = x - n ln 2 in two
/// parts, P the Taylor polynomial of degree 7 by Horner's rule in fma. Below exp_low and above
/// exp_high the argument is clamped, so that results stay normal and finite. Every path performs
/// these steps in this order and so gives the same bits.
/// Accuracy: within 2 units in the last place. Checked: test/conformance/ops/row_ops_test.cpp
inline constexpr float exp_low = -87.0F;
inline constexpr float exp_high = 88.0F;
inline constexpr float exp_per_ln2 = 1.44269504088896340736F;
inline constexpr float exp_ln2_high = 0.693359375F;
inline constexpr float exp_ln2_low = -2.12194440054690583e-4F;
/// Adding and subtracting 1.5 * 2^23 rounds to the nearest integer, ties to even.
inline constexpr float exp_round = 12582912.0F;
inline constexpr std::array<float, 8> exp_terms{1.0F / 5040, 1.0F / 720, 1.0F / 120, 1.0F / 24,
                                                1.0F / 6,    1.0F / 2,   1.0F,       1.0F};

/// The portable path's form of it.
[[nodiscard]] float exp_f32(float x);

/// tanh by its Taylor polynomial of degree 9 below 1/4 and by exp(2 |x|) above; odd, at most 1.
/// Accuracy: within 4 units in the last place. Checked: test/conformance/ops/row_ops_test.cpp
[[nodiscard]] float tanh_f32(float x);

} // namespace troupe::engine::cpu
