// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace troupe::bench {

/// What this machine can do at most with so many threads, as measured: bytes read from memory, and
/// multiplications and additions of fp32, of pairs of bf16 and of 8-bit integers from registers,
/// per second; tiles are not among them.
struct ceilings {
  double read_bytes_per_s = 0;
  double f32_operations_per_s = 0;
  double pair_operations_per_s = 0; ///< Of fp32 where there are no instructions for pairs.
  double int8_operations_per_s = 0; ///< 0: no instructions for it.
};

/// Cost: a second, and 256 MiB a thread.
[[nodiscard]] ceilings measure_ceilings(std::uint32_t threads);

} // namespace troupe::bench
