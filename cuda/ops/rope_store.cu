// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/heads.cuh"
#include "cuda/ops/launching.cuh"
#include "cuda/ops/rope_store.hpp"

namespace troupe::cuda::ops {
namespace {

constexpr int heads_each = 4; ///< Of a block: a warp for each.
constexpr std::int32_t head_dim_max = 256;

template <class In, class Kept>
__global__ void __launch_bounds__(32 * heads_each, 1) rope_store_kernel(rope_store_args args) {
  __shared__ float heads[heads_each][head_dim_max];
  const auto& layout = args.layout;
  const auto row = blockIdx.x;
  const auto number = static_cast<std::int32_t>(blockIdx.y * heads_each + warp());
  if (number >= args.heads + 2 * layout.kv_heads) {
    return; // The whole warp; warps do not meet.
  }
  const bool is_query = number < args.heads;
  const bool is_value = number >= args.heads + layout.kv_heads;
  auto* head = heads[warp()];
  const auto head_dim = layout.head_dim;
  const auto from = static_cast<std::size_t>(number) * static_cast<std::size_t>(head_dim);
  const auto* x = static_cast<const In*>(args.qkv.data) + row * args.qkv.stride + from;
  for (auto i = static_cast<std::int32_t>(lane()); i < head_dim; i += 32) {
    head[i] =
        widen(x[i]) + (args.bias == nullptr ? 0.0F : args.bias[from + static_cast<std::size_t>(i)]);
  }
  sync_warp();
  const auto position = args.positions[row];
  if (!is_value) {
    const auto* weight = is_query ? args.q_weight : args.k_weight;
    if (weight != nullptr) {
      norm_head(head, head_dim, weight, args.eps);
    }
    if (args.turn.rotary_dim > 0) {
      turn_head(head, args.turn, position);
    }
    if (args.has_l2_norm) {
      norm_head(head, head_dim, nullptr, args.eps);
    }
  }
  if (is_query) {
    const float factor = args.temperature == nullptr ? 1.0F : args.temperature[row];
    auto* to = static_cast<bf16*>(args.q) + row * args.q_stride + from;
    for (auto i = static_cast<std::int32_t>(lane()); i < head_dim; i += 32) {
      to[i] = to_bf16(head[i] * factor);
    }
  } else {
    const auto block_size = static_cast<std::uint32_t>(layout.block_size);
    const auto head_elements =
        static_cast<std::size_t>(head_dim) * static_cast<std::size_t>(block_size);
    const auto layer_elements = 2 * static_cast<std::size_t>(layout.kv_heads) * head_elements;
    const auto slot = args.tables[static_cast<std::size_t>(args.sequence[row])
                                      * static_cast<std::size_t>(args.table_stride)
                                  + position / block_size];
    // Heads of keys come before those of values, in the row as in a block.
    auto* to =
        static_cast<Kept*>(args.pool)
        + slot * static_cast<std::size_t>(layout.layers) * layer_elements
        + static_cast<std::size_t>(args.layer) * layer_elements
        + static_cast<std::size_t>(number - args.heads) * head_elements
        + static_cast<std::size_t>(position % block_size) * static_cast<std::size_t>(head_dim);
    for (auto i = static_cast<std::int32_t>(lane()); i < head_dim; i += 32) {
      to[i] = narrow<Kept>(head[i]);
    }
  }
}

} // namespace

status rope_store(const rope_store_args& args, stream on) {
  const auto& layout = args.layout;
  if (args.rows < 1 || args.heads < 1 || layout.kv_heads < 1 || layout.shared_dim != 0
      || layout.head_dim < 16 || layout.head_dim > head_dim_max || layout.head_dim % 16 != 0
      || args.turn.rotary_dim < 0 || args.turn.rotary_dim > layout.head_dim
      || args.turn.rotary_dim % 2 != 0) {
    return invalid_value;
  }
  const auto tiles = (args.heads + 2 * layout.kv_heads + heads_each - 1) / heads_each;
  return with_element(args.qkv.type, [&](auto* in) {
    using type = std::remove_pointer_t<decltype(in)>;
    return with_kept(args.kept, [&](auto* kept) {
      using kept_type = std::remove_pointer_t<decltype(kept)>;
      return launch(rope_store_kernel<type, kept_type>, blocks(args.rows, tiles),
                    dim3{32 * heads_each, 1, 1}, 0, on, args);
    });
  });
}

} // namespace troupe::cuda::ops
