// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/stream.hpp"

#include <cstddef>
#include <span>
#include <string>

/// Memory of the current device, and waiting for it. Built for the emulated grid, the device is
/// this process.
/// Errors: CUDA's, as `status`. Checked: test/gpu/grid_test.cpp
namespace troupe::cuda {

/// Why nothing can run here; empty if it can.
[[nodiscard]] std::string why_no_device();

[[nodiscard]] status allocate(void** memory, std::size_t bytes);
void release(void* memory);

/// Each waits until it is done, and until all that was begun before on the default stream is.
[[nodiscard]] status copy_in(void* device, const void* host, std::size_t bytes);
[[nodiscard]] status copy_out(void* host, const void* device, std::size_t bytes);
[[nodiscard]] status synchronize();

/// Memory of the host that devices copy from and to by themselves, of all of them.
[[nodiscard]] status allocate_pinned(void** memory, std::size_t bytes);
void release_pinned(void* memory);

/// In the order of the stream. Requires: `host` is pinned, and stays until the stream is there.
[[nodiscard]] status copy_in_later(void* device, const void* host, std::size_t bytes, stream on);
[[nodiscard]] status copy_out_later(void* host, const void* device, std::size_t bytes, stream on);

/// Several of the second, which run beside what the device computes.
struct host_copy {
  void* host = nullptr;
  const void* device = nullptr;
  std::size_t bytes = 0;
};
[[nodiscard]] status copy_out_later(std::span<const host_copy> all, stream on);

/// Whose memory is allocated and where kernels go from now on in this thread: of rank `rank`. With
/// fewer devices than ranks these share them.
[[nodiscard]] status use_device(std::int32_t rank);

/// Rows of fp32 into columns of wider rows, which may be another device's; strides in numbers.
struct column_copy {
  float* to = nullptr;
  std::size_t to_stride = 0;
  const float* from = nullptr;
  std::size_t columns = 0;
  std::size_t rows = 0;
};
[[nodiscard]] status copy_columns(const column_copy& what, stream on);

} // namespace troupe::cuda
