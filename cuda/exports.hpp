// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ranks/backend.hpp"

namespace troupe::cuda {

/// What a library multiplies and adds up with: cuBLASLt and NCCL in libtroupe_cuda.so, our own
/// kernels in the one of the emulated grid. Each defines it beside its probe.
[[nodiscard]] backend library_backend();

} // namespace troupe::cuda
