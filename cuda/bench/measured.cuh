// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/buffer.hpp"
#include "cuda/gemm/product.hpp"
#include "cuda/math/numbers.hpp"

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

/// Time and limits of a device, for the bench.
namespace troupe::cuda::bench {

[[noreturn]] inline void fail(const char* what) {
  std::fprintf(stderr, "troupe_bench_engine: %s\n", what);
  std::exit(1);
}

inline void require(status why, const char* what) {
  if (why != success) {
    std::fprintf(stderr, "troupe_bench_engine: %s: %s\n", what,
                 cudaGetErrorString(static_cast<cudaError_t>(why)));
    std::exit(1);
  }
}

inline std::string device_name() {
  cudaDeviceProp properties{};
  require(cudaGetDeviceProperties(&properties, 0), "device");
  return properties.name;
}

/// Of one call of `body`, by the device's clock, after two that warm up.
template <class Body>
double median_seconds(stream on, int rounds, Body body) {
  const auto own = static_cast<cudaStream_t>(on);
  cudaEvent_t begin{};
  cudaEvent_t end{};
  require(cudaEventCreate(&begin), "event");
  require(cudaEventCreate(&end), "event");
  std::vector<double> all;
  for (int i = -2; i < rounds; ++i) {
    require(cudaEventRecord(begin, own), "event");
    body();
    require(cudaEventRecord(end, own), "event");
    require(cudaEventSynchronize(end), "kernel");
    float milliseconds = 0;
    require(cudaEventElapsedTime(&milliseconds, begin, end), "event");
    if (i >= 0) {
      all.push_back(milliseconds * 1e-3);
    }
  }
  (void)cudaEventDestroy(begin);
  (void)cudaEventDestroy(end);
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

struct limits {
  double copy_bytes_per_s = 0; ///< Read and written, within the device.
  double flops_per_s = 0;      ///< Of the best of some large products.
};

inline limits measure_limits(product& multiply) {
  constexpr std::size_t bytes = std::size_t{1} << 30U;
  constexpr std::int32_t size = 8192;
  device_buffer<std::byte> from;
  device_buffer<std::byte> to;
  require(from.resize(bytes), "memory");
  require(to.resize(bytes), "memory");
  require(cudaMemset(from.data(), 0x3c, bytes), "memory"); // bf16 numbers near 0.01.
  limits found;
  const auto copying = median_seconds(nullptr, 20, [&] {
    require(cudaMemcpyAsync(to.data(), from.data(), bytes, cudaMemcpyDeviceToDevice), "copy");
  });
  found.copy_bytes_per_s = 2.0 * bytes / copying;
  const auto multiplying = median_seconds(nullptr, 20, [&] {
    require(multiply.run({.x = from.data(),
                          .x_stride = size,
                          .rows = size,
                          .w = {from.data() + bytes / 2},
                          .outputs = size,
                          .inputs = size,
                          .out = {to.data(), size, ops::element::bf16},
                          .batch = {}},
                         nullptr),
            "product");
  });
  found.flops_per_s = 2.0 * size * size * size / multiplying;
  return found;
}

} // namespace troupe::cuda::bench
