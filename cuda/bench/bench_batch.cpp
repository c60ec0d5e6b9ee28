// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/bench/bench_batch.hpp"

#include "engine/core/executor.hpp"

#include <numeric>

namespace troupe::cuda::bench {

step_batch batch_of(std::int32_t sequences, std::int32_t first, std::int32_t count) {
  const auto blocks = (first + count + block_size - 1) / block_size;
  std::vector<token_id> tokens(static_cast<std::size_t>(count), 17);
  std::vector<std::vector<engine::slot_id>> slots;
  std::vector<engine::step_row> rows(static_cast<std::size_t>(sequences));
  for (std::int32_t s = 0; s < sequences; ++s) {
    auto& mine = slots.emplace_back(static_cast<std::size_t>(blocks));
    std::iota(mine.begin(), mine.end(), static_cast<engine::slot_id>(s * blocks));
  }
  for (std::size_t s = 0; s < rows.size(); ++s) {
    rows[s].tokens = tokens;
    rows[s].first_position = static_cast<std::uint32_t>(first);
    rows[s].blocks = slots[s];
    rows[s].wants_token = true;
  }
  return flatten(rows, block_size, blocks);
}

} // namespace troupe::cuda::bench
