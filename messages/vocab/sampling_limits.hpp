// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Maxima of what a request may ask of sampling; the gateway and the engine check the same ones.
namespace troupe::limits {

/// Entries of a request's logit_bias, allowed and banned tokens, each.
inline constexpr std::size_t logit_bias_max = 1024;
inline constexpr std::size_t allowed_tokens_max = 1024;
inline constexpr std::size_t banned_tokens_max = 1024;

inline constexpr float logit_bias_abs_max = 100.0F;
inline constexpr float penalty_abs_max = 2.0F; ///< Presence and frequency.
inline constexpr float repetition_min = 0.01F; ///< Below it a division overflows too easily.
inline constexpr float repetition_max = 10.0F;
inline constexpr std::uint32_t top_logprobs_max = 20;

} // namespace troupe::limits
