// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/block_pool.hpp"
#include "engine/core/sequence.hpp"

#include <cstdint>
#include <span>
#include <vector>

/// How a sequence's block table and the pool change together. Engine thread only.
///
/// Full pages are taken for all blocks at once, window pages for the next blocks only; behind the
/// window they are given back. What was computed can be gone on from at a block when all full pages
/// before it are there, and the window pages that a query at it sees.
/// Checked: test/unit/engine/scheduler_test.cpp, engine_loop_test.cpp, kv_groups_test.cpp
namespace troupe::engine {

/// Takes all blocks the sequence needs, its cached prefix from the index, leaving `margin` slots
/// available. False, with nothing changed, when they are not there.
[[nodiscard]] bool take_blocks(sequence& seq, block_pool& pool, std::uint64_t margin);

/// Makes room for the next position. False: no slot is available.
[[nodiscard]] bool grow_blocks(sequence& seq, block_pool& pool);

/// Gives back the window pages that no position from `computed` on needs, and takes those of the
/// blocks from there up to `end`. False: slots ran out; what was taken stays.
/// Requires: no step that runs names the sequence; `end` blocks are in its table.
[[nodiscard]] bool move_window(sequence& seq, block_pool& pool, std::uint32_t end);

/// How many of the next `most` positions have all their pages.
[[nodiscard]] std::uint32_t positions_ready(const sequence& seq, const block_pool& pool,
                                            std::uint32_t most);

/// Slots that it holds.
[[nodiscard]] std::uint32_t slots_held(const sequence& seq);

/// Gives everything back, tail first; what was computed is forgotten unless the index keeps it.
void drop_blocks(sequence& seq, block_pool& pool);

/// Moves `computed` over blocks that are there by import or, with use_index, meanwhile in the
/// index (those replace the sequence's own empty slots), and shares them.
/// Requires: no step that runs names the sequence.
void skip_present(sequence& seq, block_pool& pool, bool use_index);

/// Imported blocks at `computed` whose window pages did not come are to be computed after all.
/// Requires: between steps; skip_present was called.
void forget_unusable(sequence& seq, block_pool& pool);

/// Where an import of `block` goes: the slots of its pages, in order. Its window pages are passed
/// over (no_slot) where a later block came already, or no slots are left. Those that the last
/// imported block does not need any more are given back.
[[nodiscard]] std::vector<slot_id> open_import(sequence& seq, block_pool& pool, std::uint32_t block,
                                               bool has_windows);

/// Enters the computed whole blocks into the index, in chain order. Where the index has a page of
/// that name, it replaces the sequence's own.
void share_complete(sequence& seq, block_pool& pool);

/// The slots of a block in the index: of all its pages, or of its full pages where a window page is
/// gone. Empty: it is not there.
[[nodiscard]] std::vector<slot_id> find_block(block_name name, const block_pool& pool);

/// Those of a block of a sequence, with its window pages only where whoever goes on from its
/// cacheable prefix needs them.
[[nodiscard]] std::vector<slot_id> block_to_export(const sequence& seq, const block_pool& pool,
                                                   std::uint32_t block);

} // namespace troupe::engine
