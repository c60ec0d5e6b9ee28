// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/abi.hpp"
#include "runtime/base/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// libtroupe_cuda.so, loaded into this process: the one way from here to a device, so that the
/// binary starts where there is no CUDA.
///
/// Role:    whoever wants a device opens it; it stays loaded as long as this lives.
/// Thread:  any.
/// Checked: test/unit/app/cuda_library_test.cpp
class cuda_library {
public:
  /// The first of `places` that exists.
  /// Errors: not_found (none exists; the text has all of them), unsupported (it does not load, is
  ///         no library of ours, or answers another ABI number).
  [[nodiscard]] static result<cuda_library> open(const std::vector<std::string>& places);

  /// Looks for devices. Takes up to a second where a driver wakes up.
  [[nodiscard]] cuda::device_report probe() const;

  [[nodiscard]] const std::string& path() const { return path_; }

private:
  struct closer {
    void operator()(void* handle) const;
  };
  using handle = std::unique_ptr<void, closer>;

  cuda_library(handle library, std::string path, cuda::probe_fn function)
      : handle_(std::move(library)), path_(std::move(path)), probe_(function) {}

  handle handle_;
  std::string path_;
  cuda::probe_fn probe_;
};

/// Where the library may be: `asked` alone if it is not empty, else beside the executable, then in
/// lib/ beside its folder.
[[nodiscard]] std::vector<std::string> cuda_library_places(const std::string& asked,
                                                           const std::string& executable);

/// Why nothing can be computed on a device of this machine, with the remedy; nothing if it can.
/// The code is unsupported, the field engine.device.
[[nodiscard]] std::optional<error> obstacle_of(const cuda::device_report& report);

/// What there is, in a line for people: "NVIDIA H100, 79.1 GiB, sm_90; CUDA 13.0".
[[nodiscard]] std::string describe(const cuda::device_report& report);

} // namespace troupe
