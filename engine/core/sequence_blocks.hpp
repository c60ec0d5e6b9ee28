// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/block_pool.hpp"
#include "engine/core/sequence.hpp"

/// How a sequence's block table and the pool change together. Engine thread only.
/// Checked: test/unit/engine/scheduler_test.cpp, engine_loop_test.cpp
namespace troupe::engine {

/// Takes all blocks the sequence needs, its cached prefix from the index, leaving `margin` slots
/// available. False, with nothing changed, when they are not there.
[[nodiscard]] bool take_blocks(sequence& seq, block_pool& pool, std::uint32_t margin);

/// Makes room for the next position. False: no slot is available.
[[nodiscard]] bool grow_blocks(sequence& seq, block_pool& pool);

/// Gives everything back, tail first; what was computed is forgotten unless the index keeps it.
void drop_blocks(sequence& seq, block_pool& pool);

/// Moves `computed` over blocks that are there by import or, with use_index, meanwhile in the
/// index (those replace the sequence's own empty slots), and shares them.
/// Requires: no step that runs names the sequence.
void skip_present(sequence& seq, block_pool& pool, bool use_index);

/// Enters the computed whole blocks into the index, in chain order. Where the index has one of that
/// name, it replaces the sequence's own.
void share_complete(sequence& seq, block_pool& pool);

} // namespace troupe::engine
