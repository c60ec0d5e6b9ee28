// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/grid.cuh"
#include "cuda/math/numbers.hpp"
#include "cuda/ops/element.hpp"
#include "cuda/ops/rope_store.hpp"

#include <type_traits>

namespace troupe::cuda::ops {

using cuda::bf16;
using cuda::e4m3;

/// Calls `body` with a null pointer to the type that `type` names.
template <class Body>
status with_element(element type, Body&& body) {
  return type == element::f32 ? body(static_cast<float*>(nullptr))
                              : body(static_cast<bf16*>(nullptr));
}

template <class Body>
status with_elements(element first, element second, Body&& body) {
  return with_element(first, [&](auto* one) {
    return with_element(second, [&](auto* two) { return body(one, two); });
  });
}

/// Calls `body` with a null pointer to what a pool keeps.
template <class Body>
status with_kept(kv_element type, Body&& body) {
  return type == kv_element::bf16 ? body(static_cast<bf16*>(nullptr))
                                  : body(static_cast<e4m3*>(nullptr));
}

/// A block for each row; threads that share its columns.
inline dim3 threads_for(std::int32_t cols) {
  constexpr unsigned most = 512;
  const auto wanted = (static_cast<unsigned>(cols) + 31) / 32 * 32;
  return {wanted < most ? wanted : most, 1, 1};
}

inline dim3 blocks(std::int32_t x, std::int32_t y = 1, std::int32_t z = 1) {
  return {static_cast<unsigned>(x), static_cast<unsigned>(y), static_cast<unsigned>(z)};
}

} // namespace troupe::cuda::ops
