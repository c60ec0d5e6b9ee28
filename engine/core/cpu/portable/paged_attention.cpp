// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/exp.hpp"
#include "engine/core/cpu/portable/lanes.hpp"
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace troupe::engine::cpu::portable {
namespace {

using args_type = ops::paged_attention_args;
constexpr auto split = static_cast<std::size_t>(ops::attention_split);

const float* block_of(const args_type& args, std::size_t position) {
  const auto slot = args.slots[position / static_cast<std::size_t>(args.layout.block_size)];
  return args.pool + slot * args.layout.block_elements();
}

float score(const args_type& args, const float* q, std::size_t position) {
  const auto block_size = static_cast<std::size_t>(args.layout.block_size);
  const float* keys = block_of(args, position) + args.layout.keys_at(args.layer, args.kv_head)
                      + position % block_size;
  float sum = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(args.layout.head_dim); ++i) {
    sum = std::fma(q[i], keys[i * block_size], sum);
  }
  return args.softcap > 0 ? args.softcap * tanh_f32(sum / args.softcap) : sum;
}

/// The value of a key: its own row, or a column of the keys' panel.
struct value_view {
  const float* first;
  std::size_t step;
};

value_view value_of(const args_type& args, std::size_t position) {
  const auto& layout = args.layout;
  const float* block = block_of(args, position);
  const auto place = position % static_cast<std::size_t>(layout.block_size);
  if (layout.shared_dim > 0) {
    return {block + layout.keys_at(args.layer, args.kv_head) + place,
            static_cast<std::size_t>(layout.block_size)};
  }
  return {block + layout.values_at(args.layer, args.kv_head)
              + place * static_cast<std::size_t>(layout.head_dim),
          1};
}

void attend(const args_type& args, const float* q, std::size_t visible, const float* sink,
            float* out) {
  const auto head_dim = static_cast<std::size_t>(args.layout.head_dim);
  const auto value_dim = static_cast<std::size_t>(args.layout.value_dim());
  std::array<float, ops::head_dim_max> scaled{};
  for (std::size_t i = 0; i < head_dim; ++i) {
    scaled[i] = q[i] * args.scale;
  }
  std::array<float, ops::head_dim_max> sums{};
  float maximum = 0;
  float total = 0;
  const auto first = ops::first_key(visible, args.window, args.chunk);
  const auto start = first / split * split;
  for (std::size_t base = start; base < visible; base += split) {
    const auto count = std::min(split, visible - base);
    const auto skipped = base == start ? first - base : 0;
    std::array<float, split> weights{};
    float highest = -HUGE_VALF;
    for (std::size_t j = skipped; j < count; ++j) {
      weights[j] = score(args, scaled.data(), base + j);
      highest = highest > weights[j] ? highest : weights[j];
    }
    if (base > start) {
      highest = highest > maximum ? highest : maximum;
      const float shrink = exp_f32(maximum - highest);
      total *= shrink;
      for (std::size_t i = 0; i < value_dim; ++i) {
        sums[i] *= shrink;
      }
    }
    maximum = highest;
    lanes parts{};
    for (std::size_t j = skipped; j < count; ++j) {
      weights[j] = exp_f32(weights[j] - maximum);
      parts[j % 16] += weights[j];
    }
    total += sum_lanes(parts);
    for (std::size_t j = skipped; j < count; ++j) {
      const auto value = value_of(args, base + j);
      for (std::size_t i = 0; i < value_dim; ++i) {
        sums[i] = std::fma(weights[j], value.first[i * value.step], sums[i]);
      }
    }
  }
  if (sink != nullptr) {
    total += exp_f32(*sink - maximum);
  }
  const float inverse = 1.0F / total;
  for (std::size_t i = 0; i < value_dim; ++i) {
    out[i] = sums[i] * inverse;
  }
}

} // namespace

void paged_attention(const args_type& args) {
  const auto& layout = args.layout;
  TROUPE_CHECK(args.rows >= 1 && args.first_position >= 0);
  TROUPE_CHECK(args.window >= 0 && args.chunk >= 0);
  TROUPE_CHECK(layout.block_size >= 16 && ops::attention_split % layout.block_size == 0);
  TROUPE_CHECK(layout.head_dim >= 16 && layout.head_dim % 16 == 0);
  TROUPE_CHECK(layout.head_dim <= ops::head_dim_max);
  TROUPE_CHECK(layout.shared_dim >= 0 && layout.shared_dim % 16 == 0);
  TROUPE_CHECK(layout.shared_dim <= ops::shared_dim_max && layout.shared_dim <= layout.head_dim);
  TROUPE_CHECK(args.heads % layout.kv_heads == 0);
  const auto group = static_cast<std::size_t>(args.heads / layout.kv_heads);
  TROUPE_CHECK(group <= ops::head_group_max);
  const auto begin = static_cast<std::size_t>(args.head_begin);
  const auto end = args.head_end > 0 ? static_cast<std::size_t>(args.head_end) : group;
  TROUPE_CHECK(args.head_begin >= 0 && begin < end && end <= group);
  const auto head_dim = static_cast<std::size_t>(layout.head_dim);
  const auto value_dim = static_cast<std::size_t>(layout.value_dim());
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    const auto visible = static_cast<std::size_t>(args.first_position) + r + 1;
    for (std::size_t g = begin; g < end; ++g) {
      const auto head = static_cast<std::size_t>(args.kv_head) * group + g;
      attend(args, args.q + r * args.q_stride + head * head_dim, visible,
             args.sinks == nullptr ? nullptr : args.sinks + head,
             args.out + r * args.out_stride + head * value_dim);
    }
  }
}

} // namespace troupe::engine::cpu::portable
