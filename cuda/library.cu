// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/abi.hpp"
#include "cuda/exports.hpp"

#include <cuda_runtime.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace troupe::cuda {
namespace {

/// As much of `from` as fits before the last zero, which is there already.
template <std::size_t Size>
void copy_text(char (&into)[Size], const char* from) {
  std::memcpy(into, from, std::min(Size - 1, std::strlen(from)));
}

void describe(device_report& report, cudaError_t why) {
  report.error = static_cast<std::int32_t>(why);
  copy_text(report.text, cudaGetErrorString(why));
}

obstacle obstacle_of(cudaError_t why, std::int32_t driver_version) {
  switch (why) {
    case cudaSuccess:
      return obstacle::none;
    case cudaErrorNoDevice:
      return obstacle::no_device;
    case cudaErrorInsufficientDriver:
      // CUDA answers the same where there is no driver at all, whose version is 0.
      return driver_version == 0 ? obstacle::no_driver : obstacle::driver_too_old;
    default:
      return obstacle::failed;
  }
}

/// Reads what one device is. Errors: CUDA's.
cudaError_t read_device(std::int32_t index, device_facts& facts) {
  cudaDeviceProp properties{};
  if (const auto why = cudaGetDeviceProperties(&properties, index); why != cudaSuccess) {
    return why;
  }
  copy_text(facts.name, properties.name);
  facts.capability = 10 * properties.major + properties.minor;
  facts.processors = properties.multiProcessorCount;
  facts.memory_bytes = properties.totalGlobalMem;
  return cudaSuccess;
}

} // namespace

namespace {

std::unique_ptr<product> make_product() {
  auto made = make_cublas_product();
  return made != nullptr ? std::move(made) : make_own_product();
}

} // namespace

backend library_backend() {
  return {.make_product = make_product,
          .make_collective = make_nccl_collective,
          .step_limit = std::chrono::seconds{30}};
}

} // namespace troupe::cuda

extern "C" __attribute__((visibility("default"))) void troupe_cuda_probe(
    troupe::cuda::device_report* report) {
  using namespace troupe::cuda;
  *report = device_report{};
  (void)cudaDriverGetVersion(&report->driver_version);
  (void)cudaRuntimeGetVersion(&report->runtime_version);
  int count = 0;
  const auto counted = cudaGetDeviceCount(&count);
  report->what = obstacle_of(counted, report->driver_version);
  if (counted != cudaSuccess) {
    describe(*report, counted);
    return;
  }
  report->devices = std::min(count, devices_max);
  bool is_any_new_enough = false;
  for (std::int32_t i = 0; i < report->devices; ++i) {
    if (const auto why = read_device(i, report->each[i]); why != cudaSuccess) {
      report->what = obstacle::failed;
      describe(*report, why);
      return;
    }
    is_any_new_enough = is_any_new_enough || report->each[i].capability >= capability_min;
  }
  if (!is_any_new_enough) {
    report->what = count == 0 ? obstacle::no_device : obstacle::device_too_old;
  }
}
