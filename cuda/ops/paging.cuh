// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/grid.cuh"
#include "cuda/math/numbers.hpp"
#include "cuda/ops/attention.hpp"

namespace troupe::cuda::ops {

/// The keys [first, end) that a query at `position` sees, as first_key of
/// engine/core/ops/paged_attention.hpp has it.
struct key_range {
  std::int32_t first;
  std::int32_t end;
};

__device__ inline key_range keys_of(std::int32_t position, std::int32_t window,
                                    std::int32_t chunk) {
  const auto in_window = window == 0 || position + 1 <= window ? 0 : position + 1 - window;
  const auto in_chunk = chunk == 0 ? 0 : position / chunk * chunk;
  return {in_window > in_chunk ? in_window : in_chunk, position + 1};
}

/// Where the keys or values of one head and layer lie in the slots of one sequence.
template <class Kept>
struct paged_rows {
  const Kept* first; ///< Of slot 0.
  const std::uint32_t* slots;
  std::size_t slot_elements;
  std::int32_t block_size;
  std::int32_t head_dim;

  const __device__ Kept* at(std::int32_t position) const {
    return first + slots[position / block_size] * slot_elements
           + static_cast<std::size_t>(position % block_size) * static_cast<std::size_t>(head_dim);
  }
};

/// The layout's own arithmetic, which runs on hosts only.
template <class Kept>
__device__ paged_rows<Kept> rows_of(const attention_args& args, std::int32_t sequence,
                                    std::int32_t head) {
  const auto& layout = args.layout;
  const auto head_elements =
      static_cast<std::size_t>(layout.head_dim) * static_cast<std::size_t>(layout.block_size);
  const auto layer_elements =
      (layout.shared_dim > 0 ? 1U : 2U) * static_cast<std::size_t>(layout.kv_heads) * head_elements;
  return {
      static_cast<const Kept*>(args.pool) + static_cast<std::size_t>(args.layer) * layer_elements
          + static_cast<std::size_t>(head) * head_elements,
      args.tables
          + static_cast<std::size_t>(sequence) * static_cast<std::size_t>(args.table_stride),
      static_cast<std::size_t>(layout.layers) * layer_elements, layout.block_size, layout.head_dim};
}

template <class Kept>
__device__ paged_rows<Kept> keys_at(const attention_args& args, std::int32_t sequence,
                                    std::int32_t kv_head) {
  return rows_of<Kept>(args, sequence, kv_head);
}

/// Values inside keys begin where the keys do.
template <class Kept>
__device__ paged_rows<Kept> values_at(const attention_args& args, std::int32_t sequence,
                                      std::int32_t kv_head) {
  return rows_of<Kept>(args, sequence,
                       args.layout.shared_dim > 0 ? kv_head : args.layout.kv_heads + kv_head);
}

inline constexpr float log2_e = 1.44269504088896340736F;

} // namespace troupe::cuda::ops
