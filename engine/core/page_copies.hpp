// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"

#include <cstddef>
#include <span>

/// What a host does with work of its engine_loop. Any thread, as the executor allows.
namespace troupe::engine {

/// A block's pages, one after the other, into their slots; those without a slot are passed over.
/// Requires: data.size() == slots.size() * traits().page_bytes().
inline void write_pages(executor& exec, std::span<const slot_id> slots,
                        std::span<const std::byte> data) {
  const auto size = exec.traits().page_bytes();
  for (std::size_t page = 0; page < slots.size(); ++page) {
    if (slots[page] != no_slot) {
      exec.write_page(slots[page], data.subspan(page * size, size));
    }
  }
}

/// As above; every page has a slot.
inline void read_pages(executor& exec, std::span<const slot_id> slots, std::span<std::byte> data) {
  const auto size = exec.traits().page_bytes();
  for (std::size_t page = 0; page < slots.size(); ++page) {
    exec.read_page(slots[page], data.subspan(page * size, size));
  }
}

} // namespace troupe::engine
