// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>

namespace troupe::engine {

/// The bound on exported bytes that somebody still holds (I-7). Bytes count from `take` until the
/// last copy of the blob made of them is gone, which may be on another thread and after the arena.
/// Thread: `take` and `seal` on the engine's, release of blobs on any.
/// Errors: memory that cannot be had is std::bad_alloc.
/// Checked: test/unit/engine/staging_test.cpp
class staging_arena {
  struct account;

public:
  /// Bytes being filled; giving it up unsealed returns them.
  class buffer {
  public:
    [[nodiscard]] std::span<std::byte> data() { return data_; }

  private:
    friend class staging_arena;
    std::shared_ptr<void> owner_; ///< Its deleter settles the account.
    std::span<std::byte> data_;
  };

  /// All buffers are of `memory`, which they keep.
  staging_arena(std::size_t bytes_max, std::shared_ptr<std::pmr::memory_resource> memory);
  ~staging_arena();
  staging_arena(const staging_arena&) = delete;
  staging_arena& operator=(const staging_arena&) = delete;

  /// Called after bytes came back, on the thread that released them; must not block.
  void on_release(std::function<void()> wake);

  /// None when they do not fit beside what is taken; a lone buffer always fits.
  [[nodiscard]] std::optional<buffer> take(std::size_t size);
  [[nodiscard]] static blob seal(buffer filled);

  [[nodiscard]] std::size_t used_bytes() const;

private:
  std::shared_ptr<account> account_;
  std::shared_ptr<std::pmr::memory_resource> memory_;
};

} // namespace troupe::engine
