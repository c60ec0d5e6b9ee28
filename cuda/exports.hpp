// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/gemm/product.hpp"

#include <memory>

namespace troupe::cuda {

/// What multiplies matrices in a library: cuBLASLt in libtroupe_cuda.so, our own kernel in the one
/// of the emulated grid. Each defines it beside its probe.
[[nodiscard]] std::unique_ptr<product> make_library_product();

} // namespace troupe::cuda
