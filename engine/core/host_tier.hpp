// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/ids.hpp"
#include "runtime/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <memory_resource>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::engine {

/// Copies of whole blocks in the host's memory, for when the pool has let go of them: a device's
/// second and larger place. Blocks are written once, as the pool has them, and those asked for
/// longest ago leave first.
///
/// Thread: engine thread only; blobs are released on any.
/// Bounds: bytes_max, and what is still being read of blocks that left meanwhile.
/// Errors: memory that cannot be had is std::bad_alloc.
/// Checked: test/unit/engine/host_tier_test.cpp
class host_tier {
public:
  host_tier(std::size_t bytes_max, std::shared_ptr<std::pmr::memory_resource> memory);

  [[nodiscard]] bool is_on() const { return bytes_max_ > 0; }

  /// Where to copy a block to. Empty: it is here or being written already, or what is being written
  /// leaves no room.
  [[nodiscard]] std::span<std::byte> begin_store(block_name name, std::size_t size);
  /// The block is written.
  void finish_store(block_name name);

  /// A block's bytes; it counts as asked for now. Empty: it is not here.
  [[nodiscard]] blob find(block_name name);

  /// Blocks that left since the last call.
  [[nodiscard]] std::vector<block_name> take_left() { return std::exchange(left_, {}); }

  [[nodiscard]] std::size_t blocks() const { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
  struct entry {
    block_name name;
    std::shared_ptr<std::byte> data;
    std::size_t size = 0;
    bool is_written = false;
  };
  using place = std::list<entry>::iterator;

  [[nodiscard]] bool make_room(std::size_t size);

  std::size_t bytes_max_;
  std::shared_ptr<std::pmr::memory_resource> memory_;
  std::list<entry> entries_; ///< Those asked for last come first.
  std::unordered_map<block_name, place> places_;
  std::size_t bytes_ = 0;
  std::vector<block_name> left_;
};

} // namespace troupe::engine
