// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/device/memory.hpp"

#ifdef __CUDACC__
#include <cuda_runtime.h>

#include <vector>
#else
#include <cstdlib>
#include <cstring>
#endif

namespace troupe::cuda {

#ifdef __CUDACC__

std::string why_no_device() {
  int count = 0;
  const auto why = cudaGetDeviceCount(&count);
  if (why == cudaSuccess && count > 0) {
    return "";
  }
  return "no CUDA device (error " + std::to_string(static_cast<int>(why)) + ")";
}

status allocate(void** memory, std::size_t bytes) {
  return cudaMalloc(memory, bytes);
}

void release(void* memory) {
  (void)cudaFree(memory);
}

status copy_in(void* device, const void* host, std::size_t bytes) {
  const auto why = cudaMemcpy(device, host, bytes, cudaMemcpyHostToDevice);
  // From pageable memory it returns before the last bytes are there, and streams that do not wait
  // for the default one would be too early.
  return why != cudaSuccess ? why : cudaStreamSynchronize(nullptr);
}

status copy_out(void* host, const void* device, std::size_t bytes) {
  return cudaMemcpy(host, device, bytes, cudaMemcpyDeviceToHost);
}

status synchronize() {
  return cudaDeviceSynchronize();
}

status allocate_pinned(void** memory, std::size_t bytes) {
  return cudaHostAlloc(memory, bytes, cudaHostAllocPortable);
}

void release_pinned(void* memory) {
  (void)cudaFreeHost(memory);
}

status copy_in_later(void* device, const void* host, std::size_t bytes, stream on) {
  return cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice,
                         static_cast<cudaStream_t>(on));
}

status copy_out_later(void* host, const void* device, std::size_t bytes, stream on) {
  return cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost,
                         static_cast<cudaStream_t>(on));
}

status copy_out_later(std::span<const host_copy> all, stream on) {
  if (all.empty()) {
    return success;
  }
  std::vector<const void*> to;
  std::vector<const void*> from;
  std::vector<std::size_t> bytes;
  for (const auto& one : all) {
    to.push_back(one.host);
    from.push_back(one.device);
    bytes.push_back(one.bytes);
  }
  cudaMemcpyAttributes how{};
  how.srcAccessOrder = cudaMemcpySrcAccessOrderStream;
  how.flags = cudaMemcpyFlagPreferOverlapWithCompute;
  std::size_t first = 0;
  return cudaMemcpyBatchAsync(to.data(), from.data(), bytes.data(), all.size(), &how, &first, 1,
                              static_cast<cudaStream_t>(on));
}

status use_device(std::int32_t rank) {
  int count = 0;
  if (const auto why = cudaGetDeviceCount(&count); why != cudaSuccess) {
    return why;
  }
  return count == 0 ? static_cast<status>(cudaErrorNoDevice) : cudaSetDevice(rank % count);
}

status copy_columns(const column_copy& what, stream on) {
  constexpr auto size = sizeof(float);
  return what.rows == 0 ? success
                        : static_cast<status>(
                              cudaMemcpy2DAsync(what.to, what.to_stride * size, what.from,
                                                what.columns * size, what.columns * size, what.rows,
                                                cudaMemcpyDefault, static_cast<cudaStream_t>(on)));
}

#else

std::string why_no_device() {
  return "";
}

status allocate(void** memory, std::size_t bytes) {
  *memory = std::malloc(bytes);
  return *memory != nullptr ? success : 2;
}

void release(void* memory) {
  std::free(memory);
}

status copy_in(void* device, const void* host, std::size_t bytes) {
  std::memcpy(device, host, bytes);
  return success;
}

status copy_out(void* host, const void* device, std::size_t bytes) {
  std::memcpy(host, device, bytes);
  return success;
}

status synchronize() {
  return success;
}

status allocate_pinned(void** memory, std::size_t bytes) {
  constexpr std::size_t alignment = 256;
  *memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  return *memory != nullptr ? success : 2;
}

void release_pinned(void* memory) {
  release(memory);
}

status copy_in_later(void* device, const void* host, std::size_t bytes, stream) {
  return copy_in(device, host, bytes);
}

status copy_out_later(void* host, const void* device, std::size_t bytes, stream) {
  return copy_out(host, device, bytes);
}

status copy_out_later(std::span<const host_copy> all, stream on) {
  for (const auto& one : all) {
    (void)copy_out_later(one.host, one.device, one.bytes, on);
  }
  return success;
}

status use_device(std::int32_t) {
  return success;
}

status copy_columns(const column_copy& what, stream) {
  for (std::size_t r = 0; r < what.rows; ++r) {
    std::memcpy(what.to + r * what.to_stride, what.from + r * what.columns,
                what.columns * sizeof(float));
  }
  return success;
}

#endif

} // namespace troupe::cuda
