// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <memory_resource>
#include <mutex>
#include <set>
#include <vector>

namespace troupe::cuda {

/// Pinned memory of the host. What is given back is kept for the next who asks for as much, for
/// pinning stops a device for milliseconds.
///
/// Thread: any.
/// Errors: where no more can be pinned, plain memory is given, to which devices copy slowly; where
///         there is none of that either, std::bad_alloc.
/// Bounds: of each size as much as was in use at once.
/// Checked: test/gpu/pinned_memory_test.cpp
class pinned_memory final : public std::pmr::memory_resource {
public:
  pinned_memory() = default;
  ~pinned_memory() override;

private:
  /// Requires: alignment is 256 at most, as is that of all pinned memory.
  void* do_allocate(std::size_t size, std::size_t alignment) override;
  void do_deallocate(void* data, std::size_t size, std::size_t alignment) override;
  [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::mutex mutex_;
  std::map<std::size_t, std::vector<void*>> spare_; ///< By size.
  std::set<void*> plain_;                           ///< In use.
};

} // namespace troupe::cuda
