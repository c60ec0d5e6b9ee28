// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"
#include "engine/core/prefix_index.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace troupe::engine {

/// free: holds nothing. owned: written by one sequence. shared: complete, named in the index, read
/// only. limbo: given back while a step or transfer that names it may still be running.
enum class slot_state : std::uint8_t { free = 0, owned = 1, shared = 2, limbo = 3 };

/// Who holds which slot of the pool. A shared page without holders stays in the index until its
/// slot is needed, least recently let go first; callers let go of a chain from its tail, so leaves
/// go before their parents (but for a leaf that is being copied).
///
/// Limbo: between begin_step and end_step, and while a transfer of it runs, a slot that is given
/// back is not used again. Steps are not inspected for what they name: whatever is given back
/// during one waits for its end.
/// Thread: engine thread only. Cost: O(1) everywhere but end_step, O(limbo).
/// Invariants: I-4, free + owned + shared + limbo == slots (check_invariants).
/// Checked: test/unit/engine/block_pool_test.cpp
class block_pool {
public:
  /// Told of each change of what a slot is for: executor::tag_slot.
  using tagger = std::function<void(slot_id, block_name, std::uint64_t writer)>;

  /// `window_blocks` of a sequence have window pages at a time, about. `no_limbo` is a planted
  /// fault for the simulation to find: slots are reused at once.
  block_pool(std::uint32_t slots, tagger tag, bool no_limbo = false, kv_groups groups = {},
             std::uint32_t window_blocks = 0);

  [[nodiscard]] const kv_groups& groups() const { return groups_; }
  /// Slots that a sequence of so many blocks takes.
  [[nodiscard]] std::uint64_t slots_for(std::uint32_t blocks) const {
    return std::uint64_t{blocks} * groups_.full_pages
           + std::uint64_t{std::min(blocks, window_blocks_)} * groups_.window_pages;
  }
  [[nodiscard]] std::uint32_t window_blocks() const { return window_blocks_; }

  /// A slot owned by `writer`, evicting if need be. None: available() was 0.
  [[nodiscard]] std::optional<slot_id> allocate(std::uint64_t writer);
  /// Gives an owned slot back.
  void release(slot_id slot);

  /// Makes an owned, complete page shared under `name`, held once by the caller.
  /// Requires: `name` is not in the index; its parent is, or it has none.
  void share(slot_id slot, block_name name, page_kind kind = page_kind::first);
  /// Holds the page of that name, if it is here.
  [[nodiscard]] std::optional<slot_id> hold(block_name name);
  /// Lets go of a page held by share or hold.
  void let_go(slot_id slot);

  /// A copy into or out of the slot runs: it is neither evicted nor reused until the end.
  void begin_transfer(slot_id slot);
  void end_transfer(slot_id slot);

  /// At most one step at a time.
  void begin_step();
  void end_step();
  [[nodiscard]] bool in_step() const { return in_step_; }

  /// Slots that allocate can give now: free ones and evictable shared ones.
  [[nodiscard]] std::uint32_t available() const { return counts_[0] + evictable_count_; }
  [[nodiscard]] std::uint32_t count(slot_state state) const {
    return counts_[static_cast<std::size_t>(state)];
  }
  [[nodiscard]] std::uint32_t slots() const { return static_cast<std::uint32_t>(table_.size()); }
  [[nodiscard]] slot_state state(slot_id slot) const { return table_[slot].state; }
  [[nodiscard]] std::uint32_t transfers(slot_id slot) const { return table_[slot].transfers; }

  [[nodiscard]] prefix_index& index() { return index_; }
  [[nodiscard]] const prefix_index& index() const { return index_; }
  /// The names of the blocks in the index, in the order of the slots, then of those kept elsewhere.
  [[nodiscard]] std::vector<block_name> names() const;

  /// I-4 and the lists' agreement with the states. Cost: O(slots).
  void check_invariants() const;

  /// Sum of the holders of shared blocks, for check_invariants of who holds them. Cost: O(slots).
  [[nodiscard]] std::uint64_t holders() const;

private:
  static constexpr slot_id none = ~slot_id{0};

  struct record {
    slot_state state = slot_state::free;
    bool busy = false; ///< Given back during the step that runs.
    bool idle = false; ///< In the list of shared slots without holders.
    page_kind kind = page_kind::first;
    std::uint32_t holders = 0;
    std::uint32_t transfers = 0;
    slot_id older = none;
    slot_id newer = none;
    block_name name;

    [[nodiscard]] bool evictable() const { return idle && !busy && transfers == 0; }
  };

  void become(slot_id id, slot_state state);
  void make_free(slot_id id);
  void link_newest(slot_id id);
  void unlink(slot_id id);
  /// Changes a record and keeps evictable_count_ true.
  template <class F>
  void update(slot_id id, F change);
  void settle_limbo();

  std::vector<record> table_;
  std::vector<slot_id> free_;
  std::vector<slot_id> limbo_;
  std::vector<slot_id> busy_;             ///< Given back during the step that runs.
  std::array<std::uint32_t, 4> counts_{}; ///< By slot_state.
  std::uint32_t evictable_count_ = 0;
  slot_id oldest_ = none;
  slot_id newest_ = none;
  bool in_step_ = false;
  bool no_limbo_;
  kv_groups groups_;
  std::uint32_t window_blocks_;
  tagger tag_;
  prefix_index index_;
};

} // namespace troupe::engine
