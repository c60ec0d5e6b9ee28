// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// What libtroupe_cuda.so promises whoever loads it at run time. Plain structs and functions, so
/// that no C++ type, exception or allocation crosses the border between two builds.
///
/// Role:    included by the library and by apps/troupe, which loads it; nothing links it.
/// Thread:  any, unless a function says otherwise.
/// Errors:  values; nothing throws.
/// Checked: test/unit/app/cuda_library_test.cpp
namespace troupe::cuda {

/// Grows with every change of this header; a library that answers another number is refused.
inline constexpr std::uint32_t abi = 1;

/// Devices that a report describes at most.
inline constexpr std::int32_t devices_max = 16;

/// The least compute capability that the kernels are written for, as 10 * major + minor.
inline constexpr std::int32_t capability_min = 80;

/// What keeps this machine from computing on a device.
enum class obstacle : std::int32_t {
  none = 0,
  no_driver = 1,      ///< There is no NVIDIA driver.
  driver_too_old = 2, ///< It is older than the CUDA that the library was built with.
  no_device = 3,      ///< A driver without a device.
  device_too_old = 4, ///< No device has capability_min.
  failed = 5,         ///< The driver answers with another error; `text` has it.
};

struct device_facts {
  char name[128];
  std::int32_t capability; ///< 10 * major + minor.
  std::int32_t processors; ///< Streaming multiprocessors.
  std::uint64_t memory_bytes;
};

struct device_report {
  obstacle what;
  std::int32_t error; ///< CUDA's number of it; 0 where none.
  std::int32_t
      driver_version; ///< The CUDA that the driver speaks, 1000 * major + 10 * minor; 0: none.
  std::int32_t runtime_version; ///< The CUDA that the library was built with.
  std::int32_t devices;         ///< Filled in below, at most devices_max.
  char text[256];               ///< CUDA's words for `error`, with a zero at the end.
  device_facts each[devices_max];
};

/// The names that the library exports with C linkage.
inline constexpr const char* abi_symbol = "troupe_cuda_abi";
inline constexpr const char* probe_symbol = "troupe_cuda_probe";

/// The library's `abi`. This function never changes, whatever `abi` does.
using abi_fn = std::uint32_t (*)();

/// Looks for devices; `report` is written whole. Takes up to a second where a driver wakes up.
using probe_fn = void (*)(device_report* report);

} // namespace troupe::cuda
