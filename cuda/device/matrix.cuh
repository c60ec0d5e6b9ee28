// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/grid.cuh"
#include "cuda/math/numbers.hpp"

#include <cmath>
#include <cstdint>

/// Products of small matrices by a whole warp, in the fragments of PTX's mma.m16n8k16: of lane l,
/// g = l / 4 and t = l % 4,
///   a  4 pairs: rows g, g + 8, g, g + 8 at columns 2t, 2t, 2t + 8, 2t + 8
///   b  2 pairs: column g at rows 2t and 2t + 8
///   c  4 sums:  (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1)
/// Source: PTX ISA 9.0, sections 9.7.14 and 9.7.13 (ldmatrix). Checked: test/gpu/grid_test.cpp
namespace troupe::cuda {

/// A value and its neighbour, as bf16, in a register.
using bf16_pair = std::uint32_t;

#ifdef __CUDACC__

__device__ inline void multiply_add(float (&c)[4], const bf16_pair (&a)[4], bf16_pair b0,
                                    bf16_pair b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
               "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};\n"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/// Four 8 x 8 matrices of shared memory, whose rows of 16 bytes lanes 8 i .. 8 i + 7 point at: lane
/// l gets the pair at row l / 4, columns 2 (l % 4) and the next, of each.
__device__ inline void load_matrices(bf16_pair (&m)[4], const bf16* row) {
  const auto at = static_cast<unsigned>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];\n"
               : "=r"(m[0]), "=r"(m[1]), "=r"(m[2]), "=r"(m[3])
               : "r"(at)
               : "memory");
}

/// The same with each matrix transposed.
__device__ inline void load_transposed(bf16_pair (&m)[4], const bf16* row) {
  const auto at = static_cast<unsigned>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];\n"
               : "=r"(m[0]), "=r"(m[1]), "=r"(m[2]), "=r"(m[3])
               : "r"(at)
               : "memory");
}

/// 2^x within 2 units in the last place; 0 of -infinity.
__device__ inline float exp2_fast(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

/// To the nearest, the first in the low half.
__device__ inline bf16_pair pack(float low, float high) {
  bf16_pair both;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
  return both;
}

#else

inline bf16 half_of(bf16_pair both, unsigned which) {
  return {static_cast<std::uint16_t>(both >> (16 * which))};
}

inline void multiply_add(float (&c)[4], const bf16_pair (&a)[4], bf16_pair b0, bf16_pair b1) {
  const bf16_pair mine[6] = {a[0], a[1], a[2], a[3], b0, b1};
  const auto* all = emulated::exchange(mine, sizeof mine);
  const auto part = [&](unsigned other, unsigned which) {
    bf16_pair value;
    std::memcpy(&value, all + other * emulated::lane_bytes + which * sizeof value, sizeof value);
    return value;
  };
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned row = lane() / 4 + i / 2 * 8;
    const unsigned column = lane() % 4 * 2 + i % 2;
    for (unsigned k = 0; k < 16; ++k) {
      const auto x = part(row % 8 * 4 + k % 8 / 2, row / 8 + k / 8 * 2);
      const auto y = part(column * 4 + k % 8 / 2, 4 + k / 8);
      c[i] = fmaf(widen(half_of(x, k % 2)), widen(half_of(y, k % 2)), c[i]);
    }
  }
}

inline void load_any(bf16_pair (&m)[4], const bf16* row, bool is_transposed) {
  struct row_start {
    const bf16* at;
  };
  const row_start mine{row};
  const auto* all = emulated::exchange(&mine, sizeof mine);
  const auto element = [&](unsigned matrix, unsigned r, unsigned c) {
    row_start start{};
    std::memcpy(&start, all + (matrix * 8 + r) * emulated::lane_bytes, sizeof start);
    return std::uint32_t{start.at[c].bits};
  };
  const unsigned r = lane() / 4;
  const unsigned c = lane() % 4 * 2;
  for (unsigned i = 0; i < 4; ++i) {
    m[i] = is_transposed ? element(i, c, r) | element(i, c + 1, r) << 16U
                         : element(i, r, c) | element(i, r, c + 1) << 16U;
  }
}

inline void load_matrices(bf16_pair (&m)[4], const bf16* row) {
  load_any(m, row, false);
}

inline void load_transposed(bf16_pair (&m)[4], const bf16* row) {
  load_any(m, row, true);
}

inline float exp2_fast(float x) {
  return std::exp2(x);
}

inline bf16_pair pack(float low, float high) {
  return pair(low, high);
}

#endif

} // namespace troupe::cuda
