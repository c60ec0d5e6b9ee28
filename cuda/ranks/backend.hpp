// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/gemm/product.hpp"
#include "cuda/ranks/collective.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace troupe::cuda {

/// What makes the products of a rank, and what adds up the ranks of a model; null where it cannot.
/// How long a step may take.
struct backend {
  std::unique_ptr<product> (*make_product)() = nullptr;
  std::unique_ptr<collective> (*make_collective)(std::int32_t ranks) = nullptr;
  /// A step that takes longer ends the process: the device hangs. Zero: none does.
  std::chrono::milliseconds step_limit{0};
};

} // namespace troupe::cuda
