// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/weight_buffer.hpp"

#include "runtime/base/check.hpp"

#include <cstdint>
#include <new>
#include <sys/mman.h>
#include <utility>

namespace troupe::engine {

weight_buffer::weight_buffer(std::size_t size_bytes) {
  if (size_bytes == 0) {
    return;
  }
  void* at =
      ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) {
    throw std::bad_alloc{};
  }
  // Best effort: fewer TLB misses where weights are streamed.
  ::madvise(at, size_bytes, MADV_HUGEPAGE);
  memory_ = {static_cast<std::byte*>(at), unmap_bytes{size_bytes, nullptr}};
}

weight_buffer::weight_buffer(std::shared_ptr<const void> owner, bytes_view part) {
  TROUPE_CHECK(owner != nullptr && reinterpret_cast<std::uintptr_t>(part.data()) % 64 == 0);
  memory_ = {const_cast<std::byte*>(part.data()), unmap_bytes{part.size(), std::move(owner)}};
}

void unmap_bytes::operator()(std::byte* at) const {
  if (owner == nullptr) {
    ::munmap(at, size_bytes);
  }
}

} // namespace troupe::engine
