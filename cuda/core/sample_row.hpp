// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ops/sample.hpp"
#include "messages/vocab/sampling.hpp"

#include <cstdint>

namespace troupe::cuda {

/// What the device needs of `how` for the token `index` of choice `choice`: the same expressions on
/// the same types as engine/core/sampler.cpp. Checked: test/gpu/sample_test.cpp
[[nodiscard]] ops::sample_row sample_row_of(const sampling& how, std::uint32_t choice,
                                            std::uint32_t index);

} // namespace troupe::cuda
