// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/stream.hpp"

#include <cstddef>
#include <string>

/// Memory of the current device, and waiting for it. Built for the emulated grid, the device is
/// this process.
/// Errors: CUDA's, as `status`. Checked: test/gpu/grid_test.cpp
namespace troupe::cuda {

/// Why nothing can run here; empty if it can.
[[nodiscard]] std::string why_no_device();

[[nodiscard]] status allocate(void** memory, std::size_t bytes);
void release(void* memory);

/// Each waits until it is done, and until all that was begun before on the default stream is.
[[nodiscard]] status copy_in(void* device, const void* host, std::size_t bytes);
[[nodiscard]] status copy_out(void* host, const void* device, std::size_t bytes);
[[nodiscard]] status synchronize();

} // namespace troupe::cuda
