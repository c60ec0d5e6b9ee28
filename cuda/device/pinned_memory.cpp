// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/device/pinned_memory.hpp"

#include "cuda/device/memory.hpp"

namespace troupe::cuda {

pinned_memory::~pinned_memory() {
  for (const auto& [size, all] : spare_) {
    for (auto* const data : all) {
      release_pinned(data);
    }
  }
}

void* pinned_memory::do_allocate(std::size_t size, std::size_t alignment) {
  const std::lock_guard lock{mutex_};
  if (auto& spare = spare_[size]; !spare.empty()) {
    auto* const data = spare.back();
    spare.pop_back();
    return data;
  }
  void* data = nullptr;
  if (allocate_pinned(&data, size) == success) {
    return data;
  }
  data = std::pmr::new_delete_resource()->allocate(size, alignment);
  plain_.insert(data);
  return data;
}

void pinned_memory::do_deallocate(void* data, std::size_t size, std::size_t alignment) {
  const std::lock_guard lock{mutex_};
  if (plain_.erase(data) != 0) {
    std::pmr::new_delete_resource()->deallocate(data, size, alignment);
  } else {
    spare_[size].push_back(data);
  }
}

} // namespace troupe::cuda
