// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/cuda_library.hpp"

#include <algorithm>
#include <cstdio>
#include <dlfcn.h>
#include <filesystem>
#include <string_view>

namespace troupe {
namespace {

error refused(errc code, std::string text) {
  return {.code = code, .text = std::move(text), .field = "engine.device"};
}

/// 13020 as "13.2".
std::string version(std::int32_t number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

/// Of a field that another build filled: it may lack its zero.
template <std::size_t Size>
std::string text_of(const char (&field)[Size]) {
  return {field, std::find(field, field + Size, '\0')};
}

std::string join(const std::vector<std::string>& places) {
  std::string all;
  for (const auto& place : places) {
    all += (all.empty() ? "" : ", ") + place;
  }
  return all;
}

template <class Function>
Function find(void* library, const char* name) {
  return reinterpret_cast<Function>(dlsym(library, name));
}

std::int32_t described_devices(const cuda::device_report& report) {
  return std::clamp(report.devices, 0, cuda::devices_max);
}

std::int32_t best_capability(const cuda::device_report& report) {
  std::int32_t best = 0;
  for (std::int32_t i = 0; i < described_devices(report); ++i) {
    best = std::max(best, report.each[i].capability);
  }
  return best;
}

} // namespace

void cuda_library::closer::operator()(void* handle) const {
  dlclose(handle);
}

result<cuda_library> cuda_library::open(const std::vector<std::string>& places) {
  std::error_code ignored;
  const auto found = std::ranges::find_if(
      places, [&](const std::string& place) { return std::filesystem::exists(place, ignored); });
  if (found == places.end()) {
    return refused(errc::not_found,
                   "no libtroupe_cuda.so at " + join(places)
                       + "; build it (scripts/setup --cuda, then scripts/build) or name it with "
                         "--cuda-library");
  }
  handle library{dlopen(found->c_str(), RTLD_NOW | RTLD_LOCAL)};
  if (library == nullptr) {
    const char* why = dlerror();
    return refused(errc::unsupported,
                   *found + " does not load: " + (why != nullptr ? why : "no reason given"));
  }
  const auto number = find<cuda::abi_fn>(library.get(), cuda::abi_symbol);
  if (number == nullptr) {
    return refused(errc::unsupported,
                   *found + " is no device library of troupe: it has no " + cuda::abi_symbol);
  }
  if (const auto theirs = number(); theirs != cuda::abi) {
    return refused(errc::unsupported, *found + " has ABI " + std::to_string(theirs)
                                          + ", this program needs " + std::to_string(cuda::abi)
                                          + "; install both from one build");
  }
  const auto probe = find<cuda::probe_fn>(library.get(), cuda::probe_symbol);
  if (probe == nullptr) {
    return refused(errc::unsupported,
                   *found + " has no " + cuda::probe_symbol + "; install both from one build");
  }
  return cuda_library{std::move(library), *found, probe};
}

cuda::device_report cuda_library::probe() const {
  cuda::device_report report{};
  probe_(&report);
  return report;
}

std::vector<std::string> cuda_library_places(const std::string& asked,
                                             const std::string& executable) {
  if (!asked.empty()) {
    return {asked};
  }
  const auto folder = std::filesystem::path(executable).parent_path();
  return {(folder / "libtroupe_cuda.so").string(),
          (folder.parent_path() / "lib" / "libtroupe_cuda.so").string()};
}

std::optional<error> obstacle_of(const cuda::device_report& report) {
  switch (report.what) {
    case cuda::obstacle::none:
      return std::nullopt;
    case cuda::obstacle::no_driver:
      return refused(errc::unsupported, "this machine has no NVIDIA driver; use --device cpu");
    case cuda::obstacle::driver_too_old:
      return refused(errc::unsupported, "the NVIDIA driver speaks CUDA "
                                            + version(report.driver_version) + ", "
                                            + version(report.runtime_version)
                                            + " is needed; update it, or use --device cpu");
    case cuda::obstacle::no_device:
      return refused(errc::unsupported,
                     "the NVIDIA driver finds no device (is it hidden by CUDA_VISIBLE_DEVICES?); "
                     "use --device cpu");
    case cuda::obstacle::device_too_old:
      return refused(errc::unsupported, "the devices of this machine have compute capability "
                                            + std::to_string(best_capability(report) / 10) + "."
                                            + std::to_string(best_capability(report) % 10)
                                            + " at most, 8.0 is needed; use --device cpu");
    case cuda::obstacle::failed:
      break;
  }
  return refused(errc::unsupported, "the NVIDIA driver fails with error "
                                        + std::to_string(report.error) + ", " + text_of(report.text)
                                        + "; use --device cpu");
}

std::string describe(const cuda::device_report& report) {
  constexpr double gibibyte = 1U << 30U;
  std::string all;
  for (std::int32_t i = 0; i < described_devices(report); ++i) {
    const auto& one = report.each[i];
    char memory[32];
    std::snprintf(memory, sizeof memory, "%.1f GiB",
                  static_cast<double>(one.memory_bytes) / gibibyte);
    all += text_of(one.name) + ", " + memory + ", sm_" + std::to_string(one.capability) + "; ";
  }
  return all + "CUDA " + version(report.driver_version);
}

} // namespace troupe
