// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"
#include "engine/engine_host.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace troupe::engine {

/// Whether a page tells of its block.
enum class page_kind : std::uint8_t { first = 0, other = 1 };

/// Where the pool's complete pages lie, by name, and the log of what entered and left. A block is
/// told by its first page, which bears its name. The log counts a block as here, too, while another
/// place of this engine keeps it.
/// Invariant: a block's parent is in the index as long as the block is (the pool stores in chain
/// order and evicts leaves first), so the first name that is missing ends a prefix.
/// Thread: engine thread only. Cost: O(1) per name; iterates over nothing unordered.
/// Checked: test/unit/engine/prefix_index_test.cpp
class prefix_index {
public:
  /// Requires: `name` is not here.
  void store(block_name name, slot_id slot, page_kind kind = page_kind::first);
  /// Requires: `name` is here, as of that kind.
  void remove(block_name name, page_kind kind = page_kind::first);

  /// Another place has the block now, or not any more.
  void keep(block_name name);
  void unkeep(block_name name);
  /// Kept and not in the pool, in ascending order.
  [[nodiscard]] std::vector<block_name> kept_only() const;

  [[nodiscard]] std::optional<slot_id> find(block_name name) const;
  [[nodiscard]] std::uint32_t longest_prefix(std::span<const block_name> chain) const;
  [[nodiscard]] std::size_t size() const { return slots_.size(); }

  /// What changed since the last call, net: a name that came and went is in neither list. Parents
  /// are stored before children, children removed before parents. Empty when nothing changed.
  [[nodiscard]] std::optional<pool_log_entry> take_log();

  /// Of the last entry taken.
  [[nodiscard]] std::uint64_t seq() const { return seq_; }

private:
  struct change {
    block_name name;
    bool stored;
  };

  std::unordered_map<block_name, slot_id> slots_;
  std::unordered_set<block_name> kept_;
  std::vector<change> changes_;
  std::uint64_t seq_ = 0;
};

} // namespace troupe::engine
