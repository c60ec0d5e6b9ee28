// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/abi.hpp"
#include "cuda/exports.hpp"

#include <algorithm>
#include <string_view>

namespace troupe::cuda {

std::unique_ptr<product> make_library_product() {
  return make_own_product();
}

} // namespace troupe::cuda

extern "C" __attribute__((visibility("default"))) void troupe_cuda_probe(
    troupe::cuda::device_report* report) {
  constexpr std::string_view name = "the emulated grid";
  *report = troupe::cuda::device_report{.devices = 1};
  auto& only = report->each[0];
  only = {.capability = troupe::cuda::capability_min, .processors = 1};
  std::ranges::copy(name, only.name);
}
