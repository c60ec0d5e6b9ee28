// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/fp8_matmul.hpp"
#include "engine/model/decoder_forward.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <cmath>

namespace troupe::engine {
namespace {

/// Multiplications below which waking a helper costs more than it saves.
constexpr std::int64_t parallel_work_min = 1 << 17;

/// Query positions that one attention task takes.
constexpr std::int32_t attention_rows = 48;

/// Query heads that one attention task takes, of those that share a kv head.
constexpr std::int32_t attention_heads = 24;

} // namespace

void decoder_forward::embed(const tile& t) {
  const auto first = static_cast<std::size_t>(t.first);
  ops_.embedding({.table = weights_.embedding.data(),
                  .type = weights_.embedding_type,
                  .cols = weights_.spec.hidden,
                  .scale = embed_scale_,
                  .ids = ids_.data() + first,
                  .rows = t.rows,
                  .out = x_.data() + first * hidden_stride_,
                  .out_stride = hidden_stride_});
}

void decoder_forward::begin_layer(const tile& t, std::int32_t layer, float* pool) {
  const auto& w = weights_.layers[static_cast<std::size_t>(layer)];
  const auto& kind = weights_.spec.each_layer[static_cast<std::size_t>(layer)];
  const auto first = static_cast<std::size_t>(t.first);
  norm(t, w.input_norm);
  float* qkv = qkv_.data() + first * q_stride_;
  if (weights_.spec.latent.kv_rank > 0) {
    begin_latent(t, w, kind);
    store_keys(t, layer, pool);
    return;
  }
  multiply(t, w.qkv, t.memory->narrow.data(), hidden_stride_, qkv, q_stride_);
  if (w.values.view.outputs > 0) {
    multiply(t, w.values, t.memory->narrow.data(), hidden_stride_, qkv + w.qkv.view.outputs,
             q_stride_);
  }
  add_bias(t.rows, w.qkv_bias, qkv, q_stride_);
  if (kind.has_qk_norm) {
    norm_heads(t, w);
  }
  if (kind.has_rope) {
    turn(t, kind, qkv, weights_.spec.heads + weights_.spec.kv_heads);
  }
  if (kind.has_l2_norm) {
    norm_heads(t, w);
  }
  if (kind.has_temperature) {
    scale_queries(t);
  }
  store_keys(t, layer, pool);
}

/// By the rope of the layer, `heads` heads of each of the tile's rows.
void decoder_forward::turn(const tile& t, const layer_spec& kind, float* x, std::int32_t heads) {
  const auto& rope = kind.is_local ? local_rope_ : rope_;
  ops_.rope({.x = x,
             .x_stride = q_stride_,
             .rows = t.rows,
             .heads = heads,
             .head_dim = weights_.spec.head_dim,
             .rotary_dim = weights_.spec.rotary_dim,
             .has_adjacent_pairs = weights_.spec.has_adjacent_pairs,
             .positions = positions_.data() + static_cast<std::size_t>(t.first),
             .cos = rope.cos(),
             .sin = rope.sin()});
}

void decoder_forward::scale_queries(const tile& t) {
  const auto& how = weights_.spec.temperature;
  const auto first = static_cast<std::size_t>(t.first);
  auto& scales = t.memory->temperatures;
  scales.clear();
  for (std::size_t row = first; row < first + static_cast<std::size_t>(t.rows); ++row) {
    scales.push_back(ops::temperature_at(positions_[row], how.scale, how.floor));
  }
  ops_.scale_rows({.x = qkv_.data() + first * q_stride_,
                   .x_stride = q_stride_,
                   .rows = t.rows,
                   .cols = weights_.spec.q_cols(),
                   .scale = scales.data()});
}

void decoder_forward::norm_heads(const tile& t, const decoder_layer& w) {
  const auto head_dim = static_cast<std::size_t>(weights_.spec.head_dim);
  const auto run = [&](float* x, std::int32_t heads, const std::vector<float>& weight) {
    ops_.rms_norm({.x = x,
                   .x_stride = head_dim,
                   .rows = heads,
                   .cols = weights_.spec.head_dim,
                   .weight = weight.data(),
                   .eps = weights_.spec.norm_eps,
                   .out = x,
                   .out_stride = head_dim});
  };
  for (auto row = static_cast<std::size_t>(t.first);
       row < static_cast<std::size_t>(t.first + t.rows); ++row) {
    float* q = qkv_.data() + row * q_stride_;
    run(q, weights_.spec.heads, w.q_norm);
    run(q + weights_.spec.q_cols(), weights_.spec.kv_heads, w.k_norm);
  }
}

void decoder_forward::store_keys(const tile& t, std::int32_t layer, float* pool) {
  const auto q_cols = static_cast<std::size_t>(weights_.spec.q_cols());
  const auto kv_cols = static_cast<std::size_t>(weights_.spec.kv_cols());
  const auto& where = pages_.of_layer[static_cast<std::size_t>(layer)];
  const auto after = [&](std::int32_t row, const segment& s) {
    return row < s.first + s.count;
  };
  auto s = std::ranges::upper_bound(segments_, t.first, {}, &segment::first) - 1;
  for (auto row = t.first; row < t.first + t.rows; ++s) {
    TROUPE_CHECK(s != segments_.end() && after(row, *s));
    const auto rows = std::min(s->first + s->count, t.first + t.rows) - row;
    const float* qkv = qkv_.data() + static_cast<std::size_t>(row) * q_stride_;
    ops_.kv_store(
        {.k = qkv + q_cols,
         .v = qkv + q_cols + kv_cols,
         .stride = q_stride_,
         .rows = rows,
         .first_position = static_cast<std::int32_t>(positions_[static_cast<std::size_t>(row)]),
         .slots = table_of(*s, where),
         .layout = pages_.layout,
         .layer = where.layer,
         .pool = pool});
    row += rows;
  }
}

void decoder_forward::attend(std::int32_t layer, const float* pool, bool only_wanted) {
  struct task {
    const segment* of;
    std::int32_t first; // Flat row.
    std::int32_t rows;
  };
  std::vector<task> tasks;
  std::int64_t work = 0;
  const auto add = [&](const segment& s, std::int32_t from, std::int32_t to) {
    for (; from < to; from += attention_rows) {
      const auto rows = std::min(attention_rows, to - from);
      tasks.push_back({&s, s.first + from, rows});
      work += std::int64_t{rows} * (static_cast<std::int64_t>(s.row->first_position) + from + rows);
    }
  };
  if (only_wanted) {
    for (const auto& s : segments_) {
      add(s, static_cast<std::int32_t>(s.row->score_from),
          static_cast<std::int32_t>(s.row->score_to));
      add(s, static_cast<std::int32_t>(s.row->pool_from),
          static_cast<std::int32_t>(s.row->pool_to));
      add(s, s.row->wants_token ? s.count - 1 : s.count, s.count);
    }
  } else {
    for (const auto& s : segments_) {
      add(s, 0, s.count);
    }
  }
  const auto group = weights_.spec.heads / pages_.layout.kv_heads;
  const auto parts = static_cast<std::uint32_t>((group + attention_heads - 1) / attention_heads);
  const auto heads = static_cast<std::uint32_t>(pages_.layout.kv_heads) * parts;
  const auto& where = pages_.of_layer[static_cast<std::size_t>(layer)];
  const auto& kind = weights_.spec.each_layer[static_cast<std::size_t>(layer)];
  const auto& sinks = weights_.layers[static_cast<std::size_t>(layer)].sinks;
  const auto run = [&](std::uint32_t number, std::uint32_t) {
    const auto& t = tasks[number / heads];
    const auto row = static_cast<std::size_t>(t.first);
    const auto begin = static_cast<std::int32_t>(number % parts) * attention_heads;
    ops_.paged_attention({.q = qkv_.data() + row * q_stride_,
                          .q_stride = q_stride_,
                          .rows = t.rows,
                          .first_position = static_cast<std::int32_t>(positions_[row]),
                          .heads = weights_.spec.heads,
                          .kv_head = static_cast<std::int32_t>(number % heads / parts),
                          .head_begin = begin,
                          .head_end = std::min(begin + attention_heads, group),
                          .scale = scale_,
                          .softcap = weights_.spec.attention_softcap,
                          .window = kind.window,
                          .chunk = kind.chunk,
                          .sinks = sinks.empty() ? nullptr : sinks.data(),
                          .slots = table_of(*t.of, where),
                          .layout = pages_.layout,
                          .layer = where.layer,
                          .pool = pool,
                          .out = attention_.data() + row * attention_stride_,
                          .out_stride = attention_stride_});
  };
  const auto count = static_cast<std::uint32_t>(tasks.size()) * heads;
  if (work * 2 * weights_.spec.q_cols() >= parallel_work_min) {
    workers_.run(count, run);
  } else {
    for (std::uint32_t i = 0; i < count; ++i) {
      run(i, 0);
    }
  }
}

void decoder_forward::finish_layer(const tile& t, std::int32_t layer) {
  const auto& w = weights_.layers[static_cast<std::size_t>(layer)];
  if (weights_.spec.each_layer[static_cast<std::size_t>(layer)].is_parallel) {
    feed_forward(t, w); // Before attention has changed what it reads.
    add_attention(t, w);
  } else {
    add_attention(t, w);
    feed_forward(t, w);
  }
}

void decoder_forward::add_attention(const tile& t, const decoder_layer& w) {
  float* narrow = t.memory->narrow.data();
  if (weights_.spec.latent.kv_rank > 0) {
    raise_values(t, w.latent);
    multiply(t, w.attention_out, t.memory->wide.data(), wide_stride_, narrow, hidden_stride_);
  } else {
    multiply(t, w.attention_out,
             attention_.data() + static_cast<std::size_t>(t.first) * attention_stride_,
             attention_stride_, narrow, hidden_stride_);
  }
  add_bias(t.rows, w.attention_out_bias, narrow, hidden_stride_);
  add_narrow(t, w.attention_out_norm);
}

/// Adds the tile's narrow rows to the residual, through a norm if there is one.
void decoder_forward::add_narrow(const tile& t, const norm_weights& w) {
  float* narrow = t.memory->narrow.data();
  if (!w.empty()) {
    run_norm(w, t.rows, narrow, narrow);
  }
  ops_.add({.x = narrow,
            .x_stride = hidden_stride_,
            .rows = t.rows,
            .cols = weights_.spec.hidden,
            .out = x_.data() + static_cast<std::size_t>(t.first) * hidden_stride_,
            .out_stride = hidden_stride_});
}

void decoder_forward::add_bias(std::int32_t rows, const std::vector<float>& bias, float* out,
                               std::size_t stride) {
  if (!bias.empty()) {
    ops_.add({.x = bias.data(),
              .x_stride = 0,
              .rows = rows,
              .cols = static_cast<std::int32_t>(bias.size()),
              .out = out,
              .out_stride = stride});
  }
}

void decoder_forward::norm(const tile& t, const norm_weights& w) {
  run_norm(w, t.rows, x_.data() + static_cast<std::size_t>(t.first) * hidden_stride_,
           t.memory->narrow.data());
}

void decoder_forward::run_norm(const norm_weights& w, std::int32_t rows, const float* x,
                               float* out) {
  if (weights_.spec.has_layer_norms) {
    ops_.layer_norm({.x = x,
                     .x_stride = hidden_stride_,
                     .rows = rows,
                     .cols = weights_.spec.hidden,
                     .weight = w.weight.data(),
                     .bias = w.bias.data(),
                     .eps = weights_.spec.norm_eps,
                     .out = out,
                     .out_stride = hidden_stride_});
    return;
  }
  ops_.rms_norm({.x = x,
                 .x_stride = hidden_stride_,
                 .rows = rows,
                 .cols = weights_.spec.hidden,
                 .weight = w.weight.data(),
                 .eps = weights_.spec.norm_eps,
                 .out = out,
                 .out_stride = hidden_stride_});
}

void decoder_forward::multiply(const tile& t, const owned_matrix& w, const float* x,
                               std::size_t x_stride, float* out, std::size_t out_stride) {
  const auto panels = w.view.panels();
  const bool is_blocked = ops::is_blocked(w.view.type);
  const bool is_fp8 = w.view.type == ops::dtype::fp8;
  const bool is_paired = w.view.type == ops::dtype::bf16 || is_fp8;
  const auto integers =
      is_blocked ? quantize(t, w.view.inputs, x, x_stride) : ops::quantized_rows{};
  const auto pairs = is_paired ? round(t, w.view.inputs, x, x_stride, is_fp8) : ops::rounded_rows{};
  const auto part = [&](std::int32_t begin, std::int32_t end) {
    if (is_blocked) {
      ops_.block_matmul({.x = integers,
                         .rows = t.rows,
                         .w = w.view,
                         .panel_begin = begin,
                         .panel_end = end,
                         .out = out,
                         .out_stride = out_stride});
      return;
    }
    if (is_fp8) {
      cpu::fp8_matmul(ops_, {.x = pairs,
                             .rows = t.rows,
                             .w = w.view,
                             .panel_begin = begin,
                             .panel_end = end,
                             .out = out,
                             .out_stride = out_stride});
      return;
    }
    if (is_paired) {
      ops_.pair_matmul({.x = pairs,
                        .rows = t.rows,
                        .w = w.view,
                        .panel_begin = begin,
                        .panel_end = end,
                        .out = out,
                        .out_stride = out_stride});
      return;
    }
    ops_.matmul({.x = x,
                 .x_stride = x_stride,
                 .rows = t.rows,
                 .w = w.view,
                 .panel_begin = begin,
                 .panel_end = end,
                 .out = out,
                 .out_stride = out_stride});
  };
  const auto work = std::int64_t{panels} * ops::panel_width * w.view.inputs * t.rows;
  const auto threads = static_cast<std::int32_t>(workers_.threads());
  if (!t.is_alone || threads == 1 || work < parallel_work_min) {
    part(0, panels);
    return;
  }
  // Two shares a thread, so that a late helper costs at most half of its part; of whole groups of
  // four panels, which the kernel for one row takes at once.
  const auto step = ((panels + 2 * threads - 1) / (2 * threads) + 3) / 4 * 4;
  workers_.run(static_cast<std::uint32_t>((panels + step - 1) / step),
               [&](std::uint32_t task, std::uint32_t) {
                 const auto begin = static_cast<std::int32_t>(task) * step;
                 part(begin, std::min(begin + step, panels));
               });
}

/// Into the tile's memory, which the next call overwrites.
ops::quantized_rows decoder_forward::quantize(const tile& t, std::int32_t inputs, const float* x,
                                              std::size_t x_stride) {
  auto& [values, scales, sums] = t.memory->integers;
  const auto count = static_cast<std::size_t>(t.rows) * static_cast<std::size_t>(inputs);
  if (values.size() < count) {
    values.resize(count);
    scales.resize(count / ops::block_inputs);
    sums.resize(count / ops::block_inputs);
  }
  const ops::quantized_rows out{values.data(), scales.data(), sums.data()};
  ops_.quantize_rows({.x = x, .x_stride = x_stride, .rows = t.rows, .inputs = inputs, .out = out});
  return out;
}

/// As quantize().
ops::rounded_rows decoder_forward::round(const tile& t, std::int32_t inputs, const float* x,
                                         std::size_t x_stride, bool by_groups) {
  auto& [pairs, wide] = t.memory->pairs;
  const auto count =
      static_cast<std::size_t>(t.rows) * static_cast<std::size_t>(ops::round_up_to_pair(inputs));
  if (pairs.size() < count) {
    pairs.resize(count);
    wide.resize(count);
  }
  const ops::rounded_rows out{pairs.data(), wide.data()};
  const ops::round_rows_args args{
      .x = x, .x_stride = x_stride, .rows = t.rows, .inputs = inputs, .out = out};
  by_groups ? cpu::round_groups(ops_, args) : ops_.round_rows(args);
  return out;
}

} // namespace troupe::engine
