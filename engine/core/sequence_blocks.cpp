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

std::span<slot_id> pages_of(std::vector<slot_id>& table, const kv_groups& groups,
                            std::uint32_t block) {
  return std::span{table}.subspan(std::size_t{block} * groups.pages(), groups.pages());
}

std::span<const slot_id> pages_of(const sequence& seq, const kv_groups& groups,
                                  std::uint32_t block) {
  return std::span{seq.blocks}.subspan(std::size_t{block} * groups.pages(), groups.pages());
}

std::uint32_t block_count(const sequence& seq, const kv_groups& groups) {
  return static_cast<std::uint32_t>(seq.blocks.size() / groups.pages());
}

/// All window pages of a block are there, or none is.
bool has_window(const sequence& seq, const kv_groups& groups, std::uint32_t block) {
  return pages_of(seq, groups, block).back() != no_slot;
}

bool is_in_index(block_name name, std::uint32_t first_page, std::uint32_t last_page,
                 const prefix_index& index) {
  for (auto page = first_page; page < last_page; ++page) {
    if (!index.find(page_name(name, page))) {
      return false;
    }
  }
  return true;
}

/// Blocks at the beginning of the chain that can be gone on from, as far as the index has pages.
std::uint32_t usable_prefix(std::span<const block_name> chain, const block_pool& pool) {
  const auto& groups = pool.groups();
  const auto& index = pool.index();
  std::uint32_t usable = 0;
  std::uint32_t windows = 0; // Blocks in a row, up to here, with window pages.
  for (std::uint32_t block = 0; block < chain.size(); ++block) {
    if (!is_in_index(chain[block], 0, groups.full_pages, index)) {
      break;
    }
    windows = is_in_index(chain[block], groups.full_pages, groups.pages(), index) ? windows + 1 : 0;
    const auto after = block + 1;
    if (after - groups.first_block(after * block_tokens) <= windows || !groups.has_windows()) {
      usable = after;
    }
  }
  return usable;
}

void hold_pages(block_name name, std::span<slot_id> pages, block_pool& pool) {
  for (std::uint32_t page = 0; page < pages.size(); ++page) {
    pages[page] = *pool.hold(page_name(name, page));
  }
}

void allocate_pages(std::uint64_t writer, std::span<slot_id> pages, block_pool& pool) {
  for (auto& slot : pages) {
    slot = *pool.allocate(writer);
  }
}

void give_back(std::span<slot_id> pages, bool are_shared, block_pool& pool) {
  for (auto& slot : pages) {
    if (slot != no_slot) {
      are_shared ? pool.let_go(slot) : pool.release(slot);
      slot = no_slot;
    }
  }
}

void drop_window(sequence& seq, block_pool& pool, std::uint32_t block) {
  const auto& groups = pool.groups();
  give_back(pages_of(seq.blocks, groups, block).subspan(groups.full_pages),
            block < seq.shared_blocks, pool);
}

void drop_behind(sequence& seq, block_pool& pool) {
  const auto& groups = pool.groups();
  if (groups.has_windows()) {
    const auto end = std::min(groups.first_block(seq.computed), block_count(seq, groups));
    for (; seq.window_begin < end; ++seq.window_begin) {
      drop_window(seq, pool, seq.window_begin);
    }
  }
}

/// Takes the block from the index, in place of the sequence's own empty slots.
bool take_from_index(sequence& seq, block_pool& pool, std::uint32_t block) {
  const auto& groups = pool.groups();
  if (!is_in_index(seq.names[block], 0, groups.pages(), pool.index())) {
    return false;
  }
  const auto pages = pages_of(seq.blocks, groups, block);
  give_back(pages, false, pool);
  hold_pages(seq.names[block], pages, pool);
  return true;
}

/// After the last block of the imported ones at `computed` that can be gone on from.
std::uint32_t usable_imports(const sequence& seq, const kv_groups& groups) {
  const auto begin = seq.computed / block_tokens;
  auto usable = begin;
  auto windows = begin - groups.first_block(seq.computed);
  for (auto block = begin;
       block < seq.sources.size() && seq.sources[block] == block_source::present; ++block) {
    windows = has_window(seq, groups, block) ? windows + 1 : 0;
    const auto after = block + 1;
    if (after - groups.first_block(after * block_tokens) <= windows) {
      usable = after;
    }
  }
  return usable;
}

} // namespace

bool take_blocks(sequence& seq, block_pool& pool, std::uint64_t margin) {
  TROUPE_CHECK(!seq.holds_blocks && seq.blocks.empty());
  const auto& groups = pool.groups();
  const auto chain =
      std::span{seq.names}.first(std::min<std::size_t>(seq.cacheable(), seq.names.size()));
  const auto cached = usable_prefix(chain, pool);
  const auto needed = seq.blocks_needed();
  const auto window_begin = groups.first_block(cached * block_tokens);
  std::vector<slot_id> table(std::size_t{needed} * groups.pages(), no_slot);
  for (std::uint32_t block = 0; block < cached; ++block) {
    const auto pages = pages_of(table, groups, block);
    hold_pages(chain[block], block < window_begin ? pages.first(groups.full_pages) : pages, pool);
  }
  // With those that it holds no more than pool.slots_for() says, or what fits would never be taken.
  const auto windows = std::min(needed - cached, pool.window_blocks() - (cached - window_begin));
  const auto own = std::uint64_t{needed - cached} * groups.full_pages
                   + std::uint64_t{windows} * groups.window_pages;
  if (pool.available() < own + margin) {
    for (auto block = cached; block-- > 0;) {
      give_back(pages_of(table, groups, block), true, pool);
    }
    return false;
  }
  for (auto block = cached; block < needed; ++block) {
    const auto pages = pages_of(table, groups, block);
    allocate_pages(seq.number, block < cached + windows ? pages : pages.first(groups.full_pages),
                   pool);
  }
  seq.blocks = std::move(table);
  seq.holds_blocks = true;
  ++seq.holding;
  seq.sampled = false;
  seq.window_begin = window_begin;
  seq.imports_end = cached;
  seq.shared_blocks = cached;
  seq.computed = cached * block_tokens;
  seq.sources.assign(seq.cacheable(), block_source::compute);
  count_cached(seq, 0, seq.computed);
  return true;
}

bool grow_blocks(sequence& seq, block_pool& pool) {
  const auto& groups = pool.groups();
  while (block_count(seq, groups) < seq.blocks_needed()) {
    if (pool.available() < groups.full_pages) {
      return false;
    }
    seq.blocks.resize(seq.blocks.size() + groups.pages(), no_slot);
    allocate_pages(
        seq.number,
        pages_of(seq.blocks, groups, block_count(seq, groups) - 1).first(groups.full_pages), pool);
  }
  return move_window(seq, pool, block_count(seq, groups));
}

bool move_window(sequence& seq, block_pool& pool, std::uint32_t end) {
  const auto& groups = pool.groups();
  if (!groups.has_windows()) {
    return true;
  }
  drop_behind(seq, pool);
  for (auto block = seq.computed / block_tokens; block < end; ++block) {
    if (block < seq.sources.size() && seq.sources[block] != block_source::compute) {
      return true;
    }
    if (has_window(seq, groups, block)) {
      continue;
    }
    if (pool.available() < groups.window_pages) {
      return false;
    }
    allocate_pages(seq.number, pages_of(seq.blocks, groups, block).subspan(groups.full_pages),
                   pool);
  }
  return true;
}

std::uint32_t positions_ready(const sequence& seq, const block_pool& pool, std::uint32_t most) {
  const auto& groups = pool.groups();
  auto block = seq.computed / block_tokens;
  const auto end = std::min(block_count(seq, groups), (seq.computed + most) / block_tokens + 1);
  while (block < end && has_window(seq, groups, block)) {
    ++block;
  }
  return std::min(std::max(block * block_tokens, seq.computed) - seq.computed, most);
}

std::uint32_t slots_held(const sequence& seq) {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(seq.blocks, [](slot_id slot) { return slot != no_slot; }));
}

void drop_blocks(sequence& seq, block_pool& pool) {
  // A step may still read the table of a sequence that ended; its own vector then stays.
  auto table = seq.ended ? seq.blocks : std::move(seq.blocks);
  if (!seq.ended) {
    seq.blocks.clear();
  }
  const auto& groups = pool.groups();
  for (auto block = static_cast<std::uint32_t>(table.size() / groups.pages()); block-- > 0;) {
    give_back(pages_of(table, groups, block), block < seq.shared_blocks, pool);
  }
  seq.holds_blocks = false;
  seq.window_begin = 0;
  seq.imports_end = 0;
  seq.shared_blocks = 0;
  seq.computed = 0;
  seq.imports_pending = 0;
  seq.sources.clear();
}

void skip_present(sequence& seq, block_pool& pool, bool use_index) {
  const auto& groups = pool.groups();
  while (seq.computed % block_tokens == 0) {
    const auto block = seq.computed / block_tokens;
    if (block >= seq.sources.size() || seq.sources[block] == block_source::importing) {
      return;
    }
    auto after = block + 1;
    if (seq.sources[block] == block_source::compute) {
      if (!use_index || !take_from_index(seq, pool, block)) {
        return;
      }
      ++seq.shared_blocks;
    } else if (groups.has_windows()) {
      after = seq.imports_pending > 0 ? block : usable_imports(seq, groups);
      if (after == block) {
        return;
      }
    }
    count_cached(seq, seq.computed, after * block_tokens);
    seq.computed = after * block_tokens;
    if (use_index) {
      share_complete(seq, pool);
    }
    drop_behind(seq, pool);
  }
}

void forget_unusable(sequence& seq, block_pool& pool) {
  TROUPE_CHECK(!pool.in_step());
  const auto& groups = pool.groups();
  if (!groups.has_windows() || seq.imports_pending > 0 || seq.computed % block_tokens != 0) {
    return;
  }
  for (auto block = seq.computed / block_tokens;
       block < seq.sources.size() && seq.sources[block] == block_source::present; ++block) {
    // Fresh slots: what was imported counts as written.
    const auto pages = pages_of(seq.blocks, groups, block);
    give_back(pages, false, pool);
    allocate_pages(seq.number, pages.first(groups.full_pages), pool);
    seq.sources[block] = block_source::compute;
  }
}

std::vector<slot_id> open_import(sequence& seq, block_pool& pool, std::uint32_t block,
                                 bool has_windows) {
  const auto& groups = pool.groups();
  if (!has_windows) {
    drop_window(seq, pool, block);
  } else if (groups.has_windows()) {
    const auto needed = [&](std::uint32_t end) {
      return std::max(groups.first_block(end * block_tokens), seq.computed / block_tokens);
    };
    const auto end = std::max(seq.imports_end, block + 1);
    for (auto gone = needed(seq.imports_end); gone < needed(end); ++gone) {
      drop_window(seq, pool, gone);
    }
    seq.imports_end = end;
    if (block >= needed(end) && !has_window(seq, groups, block)
        && pool.available() >= groups.window_pages) {
      allocate_pages(seq.number, pages_of(seq.blocks, groups, block).subspan(groups.full_pages),
                     pool);
    }
  }
  const auto pages = pages_of(seq, groups, block);
  const auto count = has_windows ? groups.pages() : groups.full_pages;
  return {pages.begin(), pages.begin() + count};
}

void share_complete(sequence& seq, block_pool& pool) {
  const auto& groups = pool.groups();
  while ((seq.shared_blocks + 1) * block_tokens <= seq.computed) {
    const auto block = seq.shared_blocks;
    const auto pages = pages_of(seq.blocks, groups, block);
    for (std::uint32_t page = 0; page < pages.size(); ++page) {
      if (pages[page] == no_slot) {
        continue;
      }
      const auto name = page_name(seq.names[block], page);
      if (const auto cached = pool.hold(name)) {
        pool.release(pages[page]);
        pages[page] = *cached;
      } else {
        pool.share(pages[page], name, page == 0 ? page_kind::first : page_kind::other);
      }
    }
    ++seq.shared_blocks;
  }
}

std::vector<slot_id> find_block(block_name name, const block_pool& pool) {
  const auto& groups = pool.groups();
  std::vector<slot_id> slots;
  for (std::uint32_t page = 0; page < groups.pages(); ++page) {
    const auto slot = pool.index().find(page_name(name, page));
    if (!slot) {
      slots.resize(page < groups.full_pages ? 0 : groups.full_pages);
      break;
    }
    slots.push_back(*slot);
  }
  return slots;
}

std::vector<slot_id> block_to_export(const sequence& seq, const block_pool& pool,
                                     std::uint32_t block) {
  const auto& groups = pool.groups();
  const auto pages = pages_of(seq, groups, block);
  const bool has_windows = groups.has_windows()
                           && block >= groups.first_block(seq.cacheable() * block_tokens)
                           && has_window(seq, groups, block);
  return {pages.begin(), pages.begin() + (has_windows ? groups.pages() : groups.full_pages)};
}

} // namespace troupe::engine
