// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/device/memory.hpp"

#ifdef __CUDACC__
#include <cuda_runtime.h>
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

#endif

} // namespace troupe::cuda
