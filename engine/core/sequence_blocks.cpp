// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sequence_blocks.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <span>

namespace troupe::engine {

namespace {

/// Prompt tokens count as cached only in the first fill: a refill recomputes what was paid for.
void count_cached(sequence& seq, std::uint32_t first, std::uint32_t last) {
  if (seq.holding == 1) {
    seq.cached_tokens += std::min(last, seq.prompt_tokens) - std::min(first, seq.prompt_tokens);
  }
}

void let_go_tail_first(std::span<const slot_id> slots, block_pool& pool) {
  for (auto slot = slots.rbegin(); slot != slots.rend(); ++slot) {
    pool.let_go(*slot);
  }
}

} // namespace

bool take_blocks(sequence& seq, block_pool& pool, std::uint32_t margin) {
  TROUPE_CHECK(!seq.holds_blocks && seq.blocks.empty());
  const auto chain =
      std::span{seq.names}.first(std::min<std::size_t>(seq.cacheable(), seq.names.size()));
  const auto cached = pool.index().longest_prefix(chain);
  std::vector<slot_id> blocks;
  blocks.reserve(seq.blocks_needed());
  for (std::uint32_t at = 0; at < cached; ++at) {
    blocks.push_back(*pool.hold(chain[at]));
  }
  const auto own = seq.blocks_needed() - cached;
  if (pool.available() < own + margin) {
    let_go_tail_first(blocks, pool);
    return false;
  }
  for (std::uint32_t at = 0; at < own; ++at) {
    blocks.push_back(*pool.allocate(seq.number));
  }
  seq.blocks = std::move(blocks);
  seq.holds_blocks = true;
  ++seq.holding;
  seq.sampled = false;
  seq.shared_blocks = cached;
  seq.computed = cached * block_tokens;
  seq.sources.assign(seq.cacheable(), block_source::compute);
  count_cached(seq, 0, seq.computed);
  return true;
}

bool grow_blocks(sequence& seq, block_pool& pool) {
  while (seq.blocks.size() < seq.blocks_needed()) {
    const auto slot = pool.allocate(seq.number);
    if (!slot) {
      return false;
    }
    seq.blocks.push_back(*slot);
  }
  return true;
}

void drop_blocks(sequence& seq, block_pool& pool) {
  const auto slots = std::span<const slot_id>{seq.blocks};
  const auto own = slots.subspan(seq.shared_blocks);
  for (auto slot = own.rbegin(); slot != own.rend(); ++slot) {
    pool.release(*slot);
  }
  let_go_tail_first(slots.first(seq.shared_blocks), pool);
  // A step may still read the table of a sequence that ended; its own vector then stays.
  if (!seq.ended) {
    seq.blocks.clear();
  }
  seq.holds_blocks = false;
  seq.shared_blocks = 0;
  seq.computed = 0;
  seq.imports_pending = 0;
  seq.sources.clear();
}

void skip_present(sequence& seq, block_pool& pool, bool use_index) {
  while (seq.computed % block_tokens == 0) {
    const auto block = seq.computed / block_tokens;
    if (block >= seq.sources.size() || seq.sources[block] == block_source::importing) {
      return;
    }
    if (seq.sources[block] == block_source::compute) {
      const auto cached = use_index ? pool.hold(seq.names[block]) : std::nullopt;
      if (!cached) {
        return;
      }
      pool.release(seq.blocks[block]);
      seq.blocks[block] = *cached;
      ++seq.shared_blocks;
    }
    count_cached(seq, seq.computed, seq.computed + block_tokens);
    seq.computed += block_tokens;
    if (use_index) {
      share_complete(seq, pool);
    }
  }
}

void share_complete(sequence& seq, block_pool& pool) {
  while ((seq.shared_blocks + 1) * block_tokens <= seq.computed) {
    const auto block = seq.shared_blocks;
    if (const auto cached = pool.hold(seq.names[block])) {
      pool.release(seq.blocks[block]);
      seq.blocks[block] = *cached;
    } else {
      pool.share(seq.blocks[block], seq.names[block]);
    }
    ++seq.shared_blocks;
  }
}

} // namespace troupe::engine
