// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/heads.cuh"
#include "cuda/ops/latent_store.hpp"
#include "cuda/ops/launching.cuh"
#include "engine/core/ops/paged_attention.hpp"

namespace troupe::cuda::ops {
namespace {

constexpr int heads_each = 4; ///< Of a block: a warp for each head, the key last.

/// Where the key of a row lies.
template <class Kept>
__device__ Kept* key_of(const latent_store_args& args, std::uint32_t row) {
  const auto& layout = args.layout;
  const auto position = args.positions[row];
  const auto block_size = static_cast<std::uint32_t>(layout.block_size);
  const auto head_dim = static_cast<std::size_t>(layout.head_dim);
  const auto layer_elements = head_dim * static_cast<std::size_t>(block_size);
  const auto slot = args.tables[static_cast<std::size_t>(args.sequence[row])
                                    * static_cast<std::size_t>(args.table_stride)
                                + position / block_size];
  return static_cast<Kept*>(args.pool)
         + slot * static_cast<std::size_t>(layout.layers) * layer_elements
         + static_cast<std::size_t>(args.layer) * layer_elements
         + static_cast<std::size_t>(position % block_size) * head_dim;
}

template <class Query, class Key, class Kept>
__global__ void __launch_bounds__(32 * heads_each, 1) latent_store_kernel(latent_store_args args) {
  __shared__ float heads[heads_each][engine::ops::head_dim_max];
  const auto row = blockIdx.x;
  const auto number = static_cast<std::int32_t>(blockIdx.y * heads_each + warp());
  if (number > args.heads) {
    return; // The whole warp; warps do not meet.
  }
  const auto head_dim = args.layout.head_dim;
  const auto rank = args.layout.shared_dim;
  const auto position = args.positions[row];
  const auto me = static_cast<std::int32_t>(lane());
  auto* head = heads[warp()];
  if (number == args.heads) {
    const auto* x = static_cast<const Key*>(args.key.data) + row * args.key.stride;
    for (auto i = me; i < head_dim; i += 32) {
      head[i] = widen(x[i]);
    }
    sync_warp();
    norm_head(head, rank, args.key_weight, args.eps);
    turn_head(head + rank, args.turn, position);
    auto* to = key_of<Kept>(args, row);
    for (auto i = me; i < head_dim; i += 32) {
      to[i] = narrow<Kept>(head[i]);
    }
    return;
  }
  const auto rope_dim = head_dim - rank;
  const auto* x = static_cast<const Query*>(args.queries.data) + row * args.queries.stride
                  + static_cast<std::size_t>(number * (args.plain_dim + rope_dim) + args.plain_dim);
  for (auto i = me; i < rope_dim; i += 32) {
    head[i] = widen(x[i]);
  }
  sync_warp();
  turn_head(head, args.turn, position);
  auto* to = static_cast<bf16*>(args.q) + row * args.q_stride
             + static_cast<std::size_t>(number * head_dim + rank);
  for (auto i = me; i < rope_dim; i += 32) {
    to[i] = to_bf16(head[i]);
  }
}

} // namespace

status latent_store(const latent_store_args& args, stream on) {
  const auto& layout = args.layout;
  const auto rope_dim = layout.head_dim - layout.shared_dim;
  if (args.rows < 1 || args.heads < 1 || args.plain_dim < 0 || layout.kv_heads != 1
      || layout.shared_dim < 1 || layout.head_dim > engine::ops::head_dim_max || rope_dim < 2
      || rope_dim % 2 != 0 || args.turn.rotary_dim != rope_dim) {
    return invalid_value;
  }
  return with_elements(args.queries.type, args.key.type, [&](auto* query, auto* key) {
    using query_type = std::remove_pointer_t<decltype(query)>;
    using key_type = std::remove_pointer_t<decltype(key)>;
    return with_kept(args.kept, [&](auto* kept) {
      using kept_type = std::remove_pointer_t<decltype(kept)>;
      return launch(latent_store_kernel<query_type, key_type, kept_type>,
                    blocks(args.rows, args.heads / heads_each + 1), dim3{32 * heads_each, 1, 1}, 0,
                    on, args);
    });
  });
}

} // namespace troupe::cuda::ops
