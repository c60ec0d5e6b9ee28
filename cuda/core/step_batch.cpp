// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/step_batch.hpp"

#include "engine/core/executor.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>

namespace troupe::cuda {

step_batch flatten(std::span<const engine::step_row> rows, std::int32_t block_size,
                   std::int32_t blocks_max) {
  step_batch batch;
  batch.table_stride = blocks_max;
  batch.row_begin.push_back(0);
  for (const auto& row : rows) {
    TROUPE_CHECK(!row.tokens.empty());
    const auto end = row.first_position + row.tokens.size();
    const auto blocks =
        (end + static_cast<std::size_t>(block_size) - 1) / static_cast<std::size_t>(block_size);
    TROUPE_CHECK(blocks <= row.blocks.size());
    TROUPE_CHECK(blocks <= static_cast<std::size_t>(blocks_max));
    const auto number = batch.sequences();
    for (std::size_t i = 0; i < row.tokens.size(); ++i) {
      batch.ids.push_back(row.tokens[i]);
      batch.positions.push_back(row.first_position + static_cast<std::uint32_t>(i));
      batch.sequence.push_back(number);
    }
    batch.tables.insert(batch.tables.end(), row.blocks.begin(),
                        row.blocks.begin() + static_cast<std::ptrdiff_t>(blocks));
    batch.tables.resize(batch.tables.size() + static_cast<std::size_t>(blocks_max) - blocks,
                        row.blocks.front());
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
