// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

/// A grid of threads on one processor thread, so that the very source of a kernel runs, and is
/// tested, where there is no device. Every thread of a block is a fiber; between two barriers they
/// run one after the other in a drawn order, and a drawn warp runs far ahead of the others, so that
/// a missing barrier shows as a wrong result sooner or later. A barrier that not all living threads
/// reach ends the process.
///
/// What it cannot show: the speed, the memory model of a device, what nvcc makes of the source, and
/// whether our inline PTX says what the emulated forms of it do.
///
/// Thread:  one grid at a time in a process.
/// Checked: test/gpu/grid_test.cpp
namespace troupe::cuda::emulated {

struct index3 {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;
};

/// Lanes of a warp, and bytes that a lane shows the others at once.
inline constexpr unsigned warp_lanes = 32;
inline constexpr std::size_t lane_bytes = 64;

/// Runs `body` in every thread of the grid. `shared_bytes` of shared memory stand behind shared(),
/// filled with NaN, and are checked for writes past their end.
/// Requires: block of 1 to 1024 threads, whole warps or one part of a warp (checked).
void run(index3 grid, index3 block, std::size_t shared_bytes, const std::function<void()>& body);

[[nodiscard]] std::byte* shared();
void sync_block();
void sync_warp();

/// Shows `bytes` of this lane to its warp; returns the warp's, lane_bytes apart, valid until this
/// lane shows the next.
[[nodiscard]] const std::byte* exchange(const void* mine, std::size_t bytes);

/// A copy that is done at once, or at the wait for its group: as early or as late as a device may.
void copy_later(void* to, const void* from, std::size_t bytes, std::size_t valid_bytes);
void commit_copies();
/// Until at most `groups` of the thread's groups are not done.
void wait_copies(unsigned groups);

} // namespace troupe::cuda::emulated

// CUDA's own words, and those that nvcc gives meaning to.
// NOLINTBEGIN(readability-identifier-naming, bugprone-reserved-identifier)
using dim3 = troupe::cuda::emulated::index3;
extern dim3 threadIdx;
extern dim3 blockIdx;
extern dim3 blockDim;
extern dim3 gridDim;

#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __launch_bounds__(...)
#define __forceinline__ inline
// NOLINTEND(readability-identifier-naming, bugprone-reserved-identifier)
