// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/attention_plan.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>

namespace troupe::cuda {
namespace {

constexpr std::int32_t tile_rows = 64;
constexpr std::int32_t split_rows = 16;

std::int32_t parts_of(std::int32_t count, std::int32_t each) {
  return (count + each - 1) / each;
}

/// Splits that the keys of one query can touch: a window may begin inside one and end in another.
std::int32_t splits_of(const attention_shape& shape) {
  auto splits = parts_of(shape.visible_max, split_keys);
  for (const auto reach : {shape.window, shape.chunk}) {
    // A tile's queries may stand up to split_rows positions apart.
    if (reach > 0 && reach < shape.visible_max) {
      splits = std::min(splits, parts_of(reach + split_rows, split_keys) + 1);
    }
  }
  return splits;
}

} // namespace

bool has_latent_tiles(const engine::ops::kv_layout& layout) {
  return layout.head_dim == 576 && layout.shared_dim == 512;
}

bool has_tiles(const engine::ops::kv_layout& layout) {
  return has_latent_tiles(layout)
         || (layout.shared_dim == 0
             && (layout.head_dim == 64 || layout.head_dim == 128 || layout.head_dim == 256));
}

attention_plan plan_attention(const attention_shape& shape) {
  TROUPE_CHECK(shape.rows >= 1 && shape.sequences >= 1);
  TROUPE_CHECK(shape.rows_max >= 1 && shape.visible_max >= 1);
  TROUPE_CHECK(shape.layout.kv_heads >= 1 && shape.heads % shape.layout.kv_heads == 0);
  if (!has_tiles(shape.layout)) {
    return {.kernel = attention_kernel::general, .row_tiles = shape.rows};
  }
  const auto packed = shape.rows_max * (shape.heads / shape.layout.kv_heads);
  if (shape.rows_max > 1 && packed > split_rows) {
    return {.kernel = attention_kernel::tiles, .row_tiles = parts_of(packed, tile_rows)};
  }
  const auto split_tile = has_latent_tiles(shape.layout) ? tile_rows : split_rows;
  attention_plan plan{.kernel = attention_kernel::splits,
                      .row_tiles = parts_of(packed, split_tile),
                      .splits = splits_of(shape)};
  if (plan.splits > 1) {
    // Maximum and sum beside each value.
    plan.scratch_floats = static_cast<std::size_t>(shape.rows)
                          * static_cast<std::size_t>(shape.heads)
                          * static_cast<std::size_t>(plan.splits)
                          * static_cast<std::size_t>(shape.layout.value_dim() + 2);
  }
  return plan;
}

} // namespace troupe::cuda
