// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/abi.hpp"
#include "cuda/exports.hpp"

#include <algorithm>
#include <string_view>

namespace troupe::cuda {

backend library_backend() {
  return {.make_product = make_own_product, .make_collective = [](std::int32_t) {
            return make_own_collective();
          }};
}

} // namespace troupe::cuda

extern "C" __attribute__((visibility("default"))) void troupe_cuda_probe(
    troupe::cuda::device_report* report) {
  constexpr std::string_view name = "the emulated grid";
  constexpr std::int32_t devices = 4; // One grid, on which ranks run one after the other.
  *report = troupe::cuda::device_report{.devices = devices};
  for (std::int32_t i = 0; i < devices; ++i) {
    auto& one = report->each[i];
    one = {.capability = troupe::cuda::capability_min, .processors = 1};
    std::ranges::copy(name, one.name);
  }
}
