// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/device/pinned_memory.hpp"

#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

#include <cstdint>

using namespace troupe;

TEST_CASE("pinned memory that was given back is given again, to who asks for as much") {
  if (test::lacks_device()) {
    return;
  }
  cuda::pinned_memory memory;
  auto* const first = memory.allocate(1000, 64);
  auto* const second = memory.allocate(1000, 64);
  CHECK(first != second);
  CHECK(reinterpret_cast<std::uintptr_t>(first) % 64 == 0);
  memory.deallocate(first, 1000, 64);
  auto* const other = memory.allocate(2000, 64);
  CHECK(other != first);
  CHECK(memory.allocate(1000, 64) == first);
  memory.deallocate(first, 1000, 64);
  memory.deallocate(second, 1000, 64);
  memory.deallocate(other, 2000, 64);
}
