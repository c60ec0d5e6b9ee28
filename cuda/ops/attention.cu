// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/attention.hpp"
#include "cuda/ops/attention_tile.cuh"
#include "cuda/ops/latent_tile.cuh"
#include "cuda/ops/launching.cuh"
#include "engine/core/ops/paged_attention.hpp"

namespace troupe::cuda::ops {
namespace {

constexpr int general_threads = 128;
constexpr int combine_threads = 128;

/// One query and head: rounds of split_keys keys, a key for each thread, then an output for each.
/// Slow, and right for every head: what has tiles does not come here.
template <class Kept>
__global__ void __launch_bounds__(general_threads, 1) general_kernel(attention_args args) {
  constexpr int outputs_max = (engine::ops::head_dim_max + general_threads - 1) / general_threads;
  __shared__ float parts[32];
  auto* query = shared_memory<float>();
  auto* weights = query + args.layout.head_dim;
  const auto row = static_cast<std::int32_t>(blockIdx.x);
  const auto head = static_cast<std::int32_t>(blockIdx.y);
  const auto kv_head = head / (args.heads / args.layout.kv_heads);
  const auto head_dim = args.layout.head_dim;
  const auto value_dim = args.layout.shared_dim > 0 ? args.layout.shared_dim : head_dim;
  const auto me = static_cast<std::int32_t>(threadIdx.x);
  const auto* q = static_cast<const bf16*>(args.q) + static_cast<std::size_t>(row) * args.q_stride
                  + static_cast<std::size_t>(head) * static_cast<std::size_t>(head_dim);
  for (auto i = me; i < head_dim; i += general_threads) {
    query[i] = widen(q[i]) * args.scale;
  }
  const auto range =
      keys_of(static_cast<std::int32_t>(args.positions[row]), args.window, args.chunk);
  const auto keys = keys_at<Kept>(args, args.sequence[row], kv_head);
  const auto values = values_at<Kept>(args, args.sequence[row], kv_head);
  float sums[outputs_max] = {};
  float maximum = -INFINITY;
  float total = 0;
  for (auto base = range.first / split_keys * split_keys; base < range.end; base += split_keys) {
    const auto first = max(base, range.first);
    const auto end = min(base + split_keys, range.end);
    sync_block(); // The query is there; the weights of the last round are used.
    float highest = maximum;
    for (auto key = first + me; key < end; key += general_threads) {
      const auto* k = keys.at(key);
      float score = 0;
      for (std::int32_t i = 0; i < head_dim; ++i) {
        score = fmaf(query[i], widen(k[i]), score);
      }
      if (args.softcap > 0) {
        score = args.softcap * tanh_f32(score / args.softcap);
      }
      weights[key - base] = score;
      highest = fmaxf(highest, score);
    }
    highest = over_block(highest, parts, [](float a, float b) { return fmaxf(a, b); });
    const float shrink = maximum == -INFINITY ? 0.0F : exp_f32(maximum - highest);
    maximum = highest;
    float sum = 0;
    for (auto key = first + me; key < end; key += general_threads) {
      const float weight = exp_f32(weights[key - base] - maximum);
      weights[key - base] = weight;
      sum += weight;
    }
    total = total * shrink + over_block(sum, parts, plus{});
    for (int j = 0; j < outputs_max; ++j) {
      const auto column = me + j * general_threads;
      sums[j] *= shrink;
      for (auto key = first; key < end && column < value_dim; ++key) {
        sums[j] = fmaf(weights[key - base], widen(values.at(key)[column]), sums[j]);
      }
    }
  }
  if (args.sinks != nullptr) {
    total += exp_f32(args.sinks[head] - maximum);
  }
  auto* out = static_cast<bf16*>(args.out) + static_cast<std::size_t>(row) * args.out_stride
              + static_cast<std::size_t>(head) * static_cast<std::size_t>(value_dim);
  for (int j = 0; j < outputs_max; ++j) {
    const auto column = me + j * general_threads;
    if (column < value_dim) {
      out[column] = to_bf16(sums[j] * (1.0F / total));
    }
  }
}

/// Adds up the splits of one query and head, in their order.
__global__ void __launch_bounds__(combine_threads, 1)
    combine_kernel(attention_args args, std::int32_t splits, std::int32_t tile_rows) {
  const auto row = static_cast<std::int32_t>(blockIdx.x);
  const auto head = static_cast<std::int32_t>(blockIdx.y);
  const auto head_dim = args.layout.shared_dim > 0 ? args.layout.shared_dim : args.layout.head_dim;
  const auto group = args.heads / args.layout.kv_heads;
  const auto sequence = args.sequence[row];
  const auto first_row = args.row_begin[sequence];
  const auto packed = (args.row_begin[sequence + 1] - first_row) * group;
  const auto base = ((row - first_row) * group + head % group) / tile_rows * tile_rows;
  const auto last = min(base + tile_rows, packed) - 1;
  const auto first = keys_of(static_cast<std::int32_t>(args.positions[first_row + base / group]),
                             args.window, args.chunk)
                         .first;
  const auto end = static_cast<std::int32_t>(args.positions[first_row + last / group]) + 1;
  const auto count = (end - 1) / split_keys - first / split_keys + 1;
  const auto width = static_cast<std::size_t>(head_dim) + 2;
  const auto* found = args.scratch
                      + (static_cast<std::size_t>(row) * static_cast<std::size_t>(args.heads)
                         + static_cast<std::size_t>(head))
                            * static_cast<std::size_t>(splits) * width;
  float maximum = -INFINITY;
  for (std::int32_t i = 0; i < count; ++i) {
    maximum = fmaxf(maximum, found[static_cast<std::size_t>(i) * width + width - 2]);
  }
  float total = 0;
  for (std::int32_t i = 0; i < count; ++i) {
    const auto* part = found + static_cast<std::size_t>(i) * width;
    total = fmaf(part[width - 1], exp2_fast((part[width - 2] - maximum) * log2_e), total);
  }
  if (args.sinks != nullptr) {
    total += exp2_fast((args.sinks[head] - maximum) * log2_e);
  }
  auto* out = static_cast<bf16*>(args.out) + static_cast<std::size_t>(row) * args.out_stride
              + static_cast<std::size_t>(head * head_dim);
  for (auto c = static_cast<std::int32_t>(threadIdx.x); c < head_dim; c += combine_threads) {
    float sum = 0;
    for (std::int32_t i = 0; i < count; ++i) {
      const auto* part = found + static_cast<std::size_t>(i) * width;
      sum = fmaf(part[c], exp2_fast((part[width - 2] - maximum) * log2_e), sum);
    }
    out[c] = to_bf16(sum / total);
  }
}

template <class Tile>
status launch_kernel(void (*kernel)(attention_args, std::int32_t), const attention_args& args,
                     const attention_plan& plan, stream on) {
  const auto why =
      launch(kernel, blocks(plan.row_tiles, args.layout.kv_heads, args.sequences * plan.splits),
             dim3{Tile::threads, 1, 1}, Tile::shared_bytes, on, args, plan.splits);
  if (why != success || plan.splits == 1) {
    return why;
  }
  return launch(combine_kernel, blocks(args.rows, args.heads), dim3{combine_threads, 1, 1}, 0, on,
                args, plan.splits, static_cast<std::int32_t>(Tile::rows));
}

template <class Kept, int HeadDim, int RowWarps, int KeyWarps, int KeyTile>
status launch_tiles(const attention_args& args, const attention_plan& plan, stream on) {
  return launch_kernel<attention_tile<HeadDim, RowWarps, KeyWarps, KeyTile>>(
      tile_kernel<Kept, HeadDim, RowWarps, KeyWarps, KeyTile>, args, plan, on);
}

bool is_made_for(const attention_args& args, const attention_plan& plan) {
  const auto& layout = args.layout;
  const bool has_blocks = layout.block_size >= 16 && layout.block_size <= 256
                          && (layout.block_size & (layout.block_size - 1)) == 0;
  const bool has_heads = layout.kv_heads >= 1 && args.heads % layout.kv_heads == 0
                         && args.heads / layout.kv_heads <= engine::ops::head_group_max;
  const bool has_dims = layout.head_dim >= 16 && layout.head_dim % 16 == 0
                        && layout.head_dim <= engine::ops::head_dim_max
                        && layout.shared_dim <= layout.head_dim;
  return args.rows >= 1 && args.sequences >= 1 && has_blocks && has_heads && has_dims
         && args.window >= 0 && args.chunk >= 0 && args.q_stride % 8 == 0
         && (plan.splits == 1 || args.scratch != nullptr)
         && (plan.kernel == attention_kernel::general || has_tiles(layout));
}

template <class Kept>
status attend(const attention_args& args, const attention_plan& plan, stream on) {
  const bool has_splits = plan.kernel == attention_kernel::splits;
  if (plan.kernel == attention_kernel::general) {
    const auto bytes =
        (static_cast<std::size_t>(args.layout.head_dim) + split_keys) * sizeof(float);
    return launch(general_kernel<Kept>, blocks(args.rows, args.heads), dim3{general_threads, 1, 1},
                  bytes, on, args);
  }
  if (has_latent_tiles(args.layout)) {
    return launch_kernel<latent_tile>(latent_kernel<Kept>, args, plan, on);
  }
  switch (args.layout.head_dim) {
    case 64:
      return has_splits ? launch_tiles<Kept, 64, 1, 4, 64>(args, plan, on)
                        : launch_tiles<Kept, 64, 4, 1, 64>(args, plan, on);
    case 128:
      return has_splits ? launch_tiles<Kept, 128, 1, 4, 64>(args, plan, on)
                        : launch_tiles<Kept, 128, 4, 1, 64>(args, plan, on);
    default:
      return has_splits ? launch_tiles<Kept, 256, 1, 2, 32>(args, plan, on)
                        : launch_tiles<Kept, 256, 4, 1, 32>(args, plan, on);
  }
}

} // namespace

status attention(const attention_args& args, const attention_plan& plan, stream on) {
  if (!is_made_for(args, plan)) {
    return invalid_value;
  }
  return with_kept(args.kept, [&](auto* kept) {
    return attend<std::remove_pointer_t<decltype(kept)>>(args, plan, on);
  });
}

} // namespace troupe::cuda::ops
