// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/cuda_library.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <cstdio>
#include <dlfcn.h>
#include <filesystem>
#include <string_view>
#include <type_traits>

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

error error_of(const cuda::failure& why) {
  return refused(static_cast<errc>(why.code), text_of(why.text));
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
  functions all;
  cuda::sizes_fn sizes = nullptr;
  const char* missing = nullptr;
  const auto look_up = [&](auto& into, const char* name) {
    into = find<std::remove_reference_t<decltype(into)>>(library.get(), name);
    missing = into == nullptr ? name : missing;
  };
  look_up(all.probe, cuda::probe_symbol);
  look_up(sizes, cuda::sizes_symbol);
  look_up(all.begin, cuda::begin_symbol);
  look_up(all.put, cuda::put_symbol);
  look_up(all.finish, cuda::finish_symbol);
  look_up(all.drop, cuda::drop_symbol);
  if (missing != nullptr) {
    return refused(errc::unsupported,
                   *found + " has no " + missing + "; install both from one build");
  }
  if (sizes() != cuda::sizes_of_execution()) {
    return refused(errc::unsupported,
                   *found + " is of another build of this version; install both from one build");
  }
  return cuda_library{std::move(library), *found, all};
}

result<cuda_library::load> cuda_library::begin(const cuda::model_facts& facts,
                                               std::span<const cuda::layer_facts> each) const {
  TROUPE_CHECK(each.size() == static_cast<std::size_t>(facts.layers));
  cuda::failure why{};
  auto* const begun = functions_.begin(&facts, each.data(), &why);
  if (begun == nullptr) {
    return error_of(why);
  }
  return load{*this, begun};
}

result<void> cuda_library::load::put(cuda::part_place where, std::uint64_t offset,
                                     std::span<const std::byte> data) {
  cuda::failure why{};
  const auto put = from_->functions_.put;
  return put(begun_.get(), where, offset, data.data(), data.size(), &why) != 0 ? result<void>{}
                                                                               : error_of(why);
}

result<std::unique_ptr<engine::executor>> cuda_library::load::finish() {
  cuda::failure why{};
  std::unique_ptr<engine::executor> made{from_->functions_.finish(begun_.release(), &why)};
  if (made == nullptr) {
    return error_of(why);
  }
  return made;
}

cuda::device_report cuda_library::probe() const {
  cuda::device_report report{};
  functions_.probe(&report);
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
