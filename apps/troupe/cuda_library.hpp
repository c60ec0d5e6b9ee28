// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/abi.hpp"
#include "engine/core/executor.hpp"
#include "runtime/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
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
  ///         no library of ours, or is of another build by its ABI number or its sizes).
  [[nodiscard]] static result<cuda_library> open(const std::vector<std::string>& places);

  /// Looks for devices. Takes up to a second where a driver wakes up.
  [[nodiscard]] cuda::device_report probe() const;

  /// A model that is brought to the device part by part, as cuda/abi.hpp says.
  /// Errors: those of the library, with the field engine.device.
  class load {
  public:
    [[nodiscard]] result<void> put(cuda::part_place where, std::uint64_t offset,
                                   std::span<const std::byte> data);
    /// Uses it up. The execution must not outlive the library.
    [[nodiscard]] result<std::unique_ptr<engine::executor>> finish();

  private:
    friend class cuda_library;
    load(const cuda_library& from, cuda::model_load* begun)
        : from_(&from), begun_(begun, from.functions_.drop) {}

    const cuda_library* from_;
    std::unique_ptr<cuda::model_load, cuda::drop_fn> begun_;
  };
  /// Requires: a layer each. The library outlives the load.
  [[nodiscard]] result<load> begin(const cuda::model_facts& facts,
                                   std::span<const cuda::layer_facts> each) const;

  [[nodiscard]] const std::string& path() const { return path_; }

private:
  struct closer {
    void operator()(void* handle) const;
  };
  using handle = std::unique_ptr<void, closer>;
  struct functions {
    cuda::probe_fn probe = nullptr;
    cuda::begin_fn begin = nullptr;
    cuda::put_fn put = nullptr;
    cuda::finish_fn finish = nullptr;
    cuda::drop_fn drop = nullptr;
  };

  cuda_library(handle library, std::string path, const functions& found)
      : handle_(std::move(library)), path_(std::move(path)), functions_(found) {}

  handle handle_;
  std::string path_;
  functions functions_;
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
