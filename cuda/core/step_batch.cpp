// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/step_batch.hpp"

#include "engine/core/executor.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>

namespace troupe::cuda {

namespace {

/// Of one page of the row's first `blocks` blocks.
void add_table(const engine::step_row& row, std::size_t page, std::size_t pages, std::size_t blocks,
               std::size_t blocks_max, std::vector<std::uint32_t>& tables) {
  const auto slot_of = [&](std::size_t block) {
    return row.blocks[block * pages + page];
  };
  std::size_t present = 0;
  while (present + 1 < blocks && slot_of(present) == engine::no_slot) {
    ++present;
  }
  const auto begin = tables.size();
  tables.resize(begin + blocks_max, slot_of(present));
  for (auto block = present; block < blocks; ++block) {
    tables[begin + block] = slot_of(block);
  }
}

} // namespace

step_batch flatten(std::span<const engine::step_row> rows, std::int32_t block_size,
                   std::int32_t blocks_max, std::int32_t pages) {
  const auto each = static_cast<std::size_t>(pages);
  step_batch batch;
  batch.table_stride = blocks_max * pages;
  batch.row_begin.push_back(0);
  for (const auto& row : rows) {
    TROUPE_CHECK(!row.tokens.empty());
    const auto end = row.first_position + row.tokens.size();
    const auto blocks =
        (end + static_cast<std::size_t>(block_size) - 1) / static_cast<std::size_t>(block_size);
    TROUPE_CHECK(blocks * each <= row.blocks.size());
    TROUPE_CHECK(blocks <= static_cast<std::size_t>(blocks_max));
    const auto number = batch.sequences();
    for (std::size_t i = 0; i < row.tokens.size(); ++i) {
      batch.ids.push_back(row.tokens[i]);
      batch.positions.push_back(row.first_position + static_cast<std::uint32_t>(i));
      batch.sequence.push_back(number);
    }
    for (std::size_t page = 0; page < each; ++page) {
      add_table(row, page, each, blocks, static_cast<std::size_t>(blocks_max), batch.tables);
    }
    if (row.wants_token) {
      batch.wanted.push_back(batch.rows() - 1);
    }
    batch.row_begin.push_back(batch.rows());
    batch.rows_max = std::max(batch.rows_max, static_cast<std::int32_t>(row.tokens.size()));
    batch.visible_max = std::max(batch.visible_max, static_cast<std::int32_t>(end));
  }
  return batch;
}

void pad(step_batch& batch, std::int32_t count, std::uint32_t idle_slot) {
  TROUPE_CHECK(batch.is_decode());
  TROUPE_CHECK(count >= batch.sequences());
  while (batch.sequences() < count) {
    batch.sequence.push_back(batch.sequences());
    batch.wanted.push_back(batch.rows());
    batch.ids.push_back(0);
    batch.positions.push_back(0);
    batch.tables.resize(batch.tables.size() + static_cast<std::size_t>(batch.table_stride),
                        idle_slot);
    batch.row_begin.push_back(batch.rows());
  }
}

} // namespace troupe::cuda
