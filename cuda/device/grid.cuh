// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#ifdef __CUDACC__
#include <cuda_runtime.h>
#else
#include "cuda/emulated/grid.hpp"

#include <algorithm>
#endif

/// What kernels say to their grid, in words that nvcc and the emulated grid both know.
namespace troupe::cuda {

inline constexpr unsigned warp_lanes_count = 32;
inline constexpr unsigned whole_warp = 0xffffffffU;

__device__ inline unsigned lane() {
  return threadIdx.x % warp_lanes_count;
}

__device__ inline unsigned warp() {
  return threadIdx.x / warp_lanes_count;
}

#ifdef __CUDACC__

template <class T>
__device__ T* shared_memory() {
  extern __shared__ __align__(16) unsigned char troupe_shared[];
  return reinterpret_cast<T*>(troupe_shared);
}

__device__ inline void sync_block() {
  __syncthreads();
}

__device__ inline void sync_warp() {
  __syncwarp();
}

template <class T>
__device__ T from_lane(T value, unsigned other) {
  return __shfl_sync(whole_warp, value, static_cast<int>(other));
}

/// The lanes for which it is true, as bits.
__device__ inline std::uint32_t lanes_with(bool is_true) {
  return __ballot_sync(whole_warp, is_true ? 1 : 0);
}

template <class T>
__device__ T add_to(T* where, T value) {
  return atomicAdd(where, value);
}

/// `bytes` is 16; those past valid_bytes become zero and are not read.
__device__ inline void copy_later(void* shared, const void* global, unsigned valid_bytes) {
  const auto at = static_cast<unsigned>(__cvta_generic_to_shared(shared));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;\n" ::"r"(at), "l"(global),
               "r"(valid_bytes)
               : "memory");
}

__device__ inline void commit_copies() {
  asm volatile("cp.async.commit_group;\n" ::: "memory");
}

template <int Groups>
__device__ void wait_copies() {
  asm volatile("cp.async.wait_group %0;\n" ::"n"(Groups) : "memory");
}

template <class... Params, class... Args>
status launch(void (*kernel)(Params...), dim3 grid, dim3 block, std::size_t shared_bytes, stream on,
              Args&&... args) {
  constexpr std::size_t without_asking = std::size_t{48} << 10U;
  if (shared_bytes > without_asking) {
    const auto why = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                          static_cast<int>(shared_bytes));
    if (why != cudaSuccess) {
      return why;
    }
  }
  kernel<<<grid, block, shared_bytes, static_cast<cudaStream_t>(on)>>>(std::forward<Args>(args)...);
  return cudaGetLastError();
}

#else

using std::max;
using std::min;

template <class T>
T* shared_memory() {
  return reinterpret_cast<T*>(emulated::shared());
}

inline void sync_block() {
  emulated::sync_block();
}

inline void sync_warp() {
  emulated::sync_warp();
}

template <class T>
T from_lane(T value, unsigned other) {
  const auto* all = emulated::exchange(&value, sizeof value);
  T there;
  std::memcpy(&there, all + other % warp_lanes_count * emulated::lane_bytes, sizeof there);
  return there;
}

inline std::uint32_t lanes_with(bool is_true) {
  const auto* all = emulated::exchange(&is_true, sizeof is_true);
  std::uint32_t bits = 0;
  for (unsigned i = 0; i < warp_lanes_count; ++i) {
    bits |= static_cast<std::uint32_t>(all[i * emulated::lane_bytes]) << i;
  }
  return bits;
}

template <class T>
T add_to(T* where, T value) {
  const T before = *where;
  *where = before + value;
  return before;
}

inline void copy_later(void* shared, const void* global, unsigned valid_bytes) {
  emulated::copy_later(shared, global, 16, valid_bytes);
}

inline void commit_copies() {
  emulated::commit_copies();
}

template <int Groups>
void wait_copies() {
  emulated::wait_copies(Groups);
}

template <class... Params, class... Args>
status launch(void (*kernel)(Params...), dim3 grid, dim3 block, std::size_t shared_bytes, stream,
              Args&&... args) {
  emulated::run(grid, block, shared_bytes, [&] { kernel(args...); });
  return success;
}

#endif

/// Combines over the warp; every lane has the result, which does not depend on the order in time.
template <class T, class Combine>
__device__ T over_warp(T value, Combine combine) {
  for (unsigned step = warp_lanes_count / 2; step > 0; step /= 2) {
    value = combine(value, from_lane(value, lane() ^ step));
  }
  return value;
}

/// Combines over a block of whole warps, in a fixed order. `parts` is shared memory of 32 elements
/// that nobody else uses until the next sync_block. Every thread has the result.
template <class T, class Combine>
__device__ T over_block(T value, T* parts, Combine combine) {
  value = over_warp(value, combine);
  sync_block();
  if (lane() == 0) {
    parts[warp()] = value;
  }
  sync_block();
  value = parts[0];
  for (unsigned i = 1; i < blockDim.x / warp_lanes_count; ++i) {
    value = combine(value, parts[i]);
  }
  return value;
}

struct plus {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};

} // namespace troupe::cuda
