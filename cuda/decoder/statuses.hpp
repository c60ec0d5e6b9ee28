// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace troupe::cuda {

/// The first that is no success.
[[nodiscard]] inline status first_of(std::initializer_list<status> all) {
  for (const auto one : all) {
    if (one != success) {
      return one;
    }
  }
  return success;
}

/// Elements of a matrix. Requires: neither is negative.
[[nodiscard]] inline std::size_t count(std::int32_t rows, std::int32_t columns) {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
}

} // namespace troupe::cuda
