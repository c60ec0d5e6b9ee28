// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace troupe::cuda {

/// What CUDA answers, cudaError_t by number; 0 is success. A failed launch is told at once, a fault
/// inside a kernel at the next synchronization.
using status = std::int32_t;
inline constexpr status success = 0;

/// As CUDA names an argument that a kernel is not made for.
inline constexpr status invalid_value = 1;

/// A cudaStream_t; null is the default stream.
using stream = void*;

} // namespace troupe::cuda
