// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/ranks/decoder_ranks.hpp"
#include "engine/core/executor.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

namespace troupe::cuda {

/// How the blocks of a device lie: an id that no layout of the CPU has. Where experts are shared
/// out sums are added in another order, so these blocks stay among themselves, too.
[[nodiscard]] layout_id device_layout_id(const engine::ops::kv_layout& page,
                                         const engine::kv_groups& groups = {},
                                         std::size_t ranks = 1, bool has_shared_out_experts = false,
                                         ops::kv_element kept = ops::kv_element::bf16);

struct device_model {
  std::vector<rank_model> ranks; ///< A device each.
  bool has_shared_out_experts = false;
  std::unique_ptr<collective> add_up; ///< With one rank none.
  content_id content;
  std::int32_t block_size = 16;
  engine::kv_groups groups;
  std::int32_t page_layers = 0; ///< Layers of a page; with one page all.
  std::uint32_t context_tokens_max = 0;
  std::int32_t step_rows_max = 0;          ///< Tokens of the largest step.
  std::int32_t step_sequences_max = 0;     ///< Sequences of the largest step.
  std::chrono::milliseconds step_limit{0}; ///< As of a backend.
};

/// The execution of a decoder on a device: its pool of blocks is there, steps of one token a
/// sequence run as graphs by bucket, tokens are drawn there. Of pages to read with a step each
/// layer is copied while the next one is computed; staging memory is pinned.
///
/// Thread:  engine thread only.
/// Errors:  CUDA's where streams or the memory of a step cannot be had, as `why`, with null. A
///          device that fails later, or does not end a step, ends the process: its memory cannot be
///          trusted any more. A pool that does not fit throws std::bad_alloc.
/// Bounds:  32 graphs, those used last.
/// Checked: test/gpu/executor_test.cpp
[[nodiscard]] std::unique_ptr<engine::executor> make_device_executor(device_model model,
                                                                     status& why);

} // namespace troupe::cuda
