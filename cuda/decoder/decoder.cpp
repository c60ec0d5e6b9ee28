// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/decoder/decoder.hpp"

#include "cuda/decoder/statuses.hpp"
#include "cuda/ops/attention.hpp"
#include "cuda/ops/move_rows.hpp"
#include "cuda/ops/rope_store.hpp"
#include "engine/core/ops/scale_rows.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace troupe::cuda {
namespace {

using ops::element;

/// What is added where a layer ends, through its norm.
struct closing {
  const float* bias = nullptr;
  const float* norm = nullptr;
};

closing closing_of(const layer_weights& w) {
  return w.is_parallel ? closing{w.attention_out_bias, w.attention_out_norm}
                       : closing{nullptr, w.down_norm};
}

/// Columns of what gate and up make, or up alone.
std::int32_t wide_cols(const decoder_shape& s) {
  return s.act == ops::activation::gelu ? s.feed_forward : 2 * s.feed_forward;
}

std::int32_t qkv_cols(const decoder_shape& s) {
  return (s.heads + 2 * s.kv_heads) * s.head_dim;
}

} // namespace

decoder::decoder(const decoder_shape& shape, device_weights weights, product& multiply)
    : shape_(shape),
      weights_(std::move(weights)),
      multiply_(multiply),
      experts_(shape.experts, shape.hidden, shape.act, multiply),
      latent_(shape.latent, shape.hidden, shape.heads, multiply) {
  TROUPE_CHECK(weights_.layers.size() == static_cast<std::size_t>(shape.layers));
  for (std::int32_t layer = 0; shape.pages == 1 && layer < shape.layers; ++layer) {
    auto& w = weights_.layers[static_cast<std::size_t>(layer)];
    w.page = 0;
    w.page_layer = layer;
  }
}

status decoder::reserve(std::int32_t rows, std::int32_t wanted, std::int32_t sequences,
                        std::int32_t blocks, std::int32_t visible) {
  const auto& s = shape_;
  const auto q_cols = s.heads * s.head_dim;
  const bool is_latent = s.latent.kv_rank > 0;
  const auto plan = plan_attention({.rows = sequences,
                                    .sequences = sequences,
                                    .rows_max = 1,
                                    .visible_max = visible,
                                    .heads = s.heads,
                                    .layout = {.layers = s.layers,
                                               .kv_heads = s.kv_heads,
                                               .head_dim = s.head_dim,
                                               .shared_dim = s.latent.kv_rank}});
  // A step of a few rows a sequence has splits too, of at most as many rows as fit one tile.
  constexpr std::int32_t split_rows = 16;
  const auto rows_in_splits = count(1, std::max(sequences, std::min(rows, sequences * split_rows)));
  return first_of(
      {x_.resize(count(rows, s.hidden)),
       added_.resize(count(rows, s.hidden)),
       normed_.resize(count(rows, s.hidden)),
       qkv_.resize(is_latent ? 0 : count(rows, qkv_cols(s))),
       q_.resize(count(rows, q_cols)),
       attended_.resize(count(rows, s.attended_cols())),
       raised_.resize(is_latent ? count(rows, s.value_cols()) : 0),
       gate_up_.resize(count(rows, wide_cols(s))),
       experts_.reserve(rows),
       latent_.reserve(rows),
       exact_.resize(s.experts.count > 0 ? count(rows, s.hidden) : 0),
       activated_.resize(count(rows, s.feed_forward)),
       wanted_x_.resize(count(wanted, s.hidden)),
       wanted_add_.resize(count(wanted, s.hidden)),
       logits_.resize(count(wanted, s.vocab)),
       scratch_.resize(plan.scratch_floats / static_cast<std::size_t>(sequences) * rows_in_splits),
       ids_.resize(static_cast<std::size_t>(rows)),
       positions_.resize(static_cast<std::size_t>(rows)),
       temperatures_.resize(s.temperature_scale > 0 ? static_cast<std::size_t>(rows) : 0),
       sequence_.resize(static_cast<std::size_t>(rows)),
       row_begin_.resize(static_cast<std::size_t>(sequences) + 1),
       tables_.resize(count(sequences, blocks * s.pages)),
       wanted_.resize(static_cast<std::size_t>(wanted))});
}

status decoder::begin(const step_batch& batch, transfers& through, stream on) {
  std::vector<float> temperatures;
  if (shape_.temperature_scale > 0) {
    for (const auto position : batch.positions) {
      temperatures.push_back(engine::ops::temperature_at(position, shape_.temperature_scale,
                                                         shape_.temperature_floor));
    }
  }
  const auto write = [&]<class T>(const device_buffer<T>& to, const std::vector<T>& from) {
    return through.write(to, std::span<const T>{from}, on);
  };
  return first_of({write(ids_, batch.ids), write(positions_, batch.positions),
                   write(temperatures_, temperatures), write(sequence_, batch.sequence),
                   write(row_begin_, batch.row_begin), write(tables_, batch.tables),
                   write(wanted_, batch.wanted)});
}

status decoder::run(const step_batch& batch, const engine::ops::kv_layout& layout, void* pool,
                    stream on) {
  auto why = success;
  for (std::int32_t part = 0; why == success && part < parts(); ++part) {
    why = run_part(part, batch, layout, pool, on);
  }
  return why;
}

status decoder::run_part(std::int32_t part, const step_batch& batch,
                         const engine::ops::kv_layout& layout, void* pool, stream on) {
  if (part + 1 == parts()) {
    return batch.wanted.empty() ? success : finish(batch, on);
  }
  const auto layer = part / 2;
  if (part % 2 != 0) {
    return end_layer(batch, weights_.layers[static_cast<std::size_t>(layer)], on);
  }
  const auto why = part == 0 ? embed(batch, on) : success;
  return why == success ? begin_layer(batch, layer, layout, pool, on) : why;
}

status decoder::embed(const step_batch& batch, stream on) {
  return ops::embedding({.table = weights_.embedding,
                         .type = weights_.embedding_type,
                         .cols = shape_.hidden,
                         .scale = shape_.embed_scale,
                         .ids = ids_.data(),
                         .rows = batch.rows(),
                         .out = {x_.data(), count(1, shape_.hidden), element::f32}},
                        on);
}

status decoder::norm(const norm_step& how, std::int32_t rows, stream on) {
  const auto hidden = count(1, shape_.hidden);
  return ops::add_norm(
      {.x = x_.data(),
       .x_stride = hidden,
       .rows = rows,
       .cols = shape_.hidden,
       .kind = shape_.norm,
       .eps = shape_.eps,
       .y = {how.has_added ? added_.data() : nullptr, hidden, element::f32},
       .y_bias = how.added_bias,
       .y_weight = how.added_norm,
       .weight = how.weight,
       .bias = how.bias,
       .out = {how.weight == nullptr ? nullptr : normed_.data(), hidden, element::bf16}},
      on);
}

status decoder::attention_out(const layer_weights& w, std::int32_t rows, stream on) {
  const auto& values = shape_.latent.kv_rank > 0 ? raised_ : attended_;
  return multiply_.run_rows(values.data(), shape_.value_cols(), rows, w.attention_out,
                            shape_.hidden, {added_.data(), count(1, shape_.hidden), element::f32},
                            on);
}

/// Attention, and what comes of it to added_; of a parallel layer what comes of its MLP.
status decoder::begin_layer(const step_batch& batch, std::int32_t layer,
                            const engine::ops::kv_layout& layout, void* pool, stream on) {
  const auto& w = weights_.layers[static_cast<std::size_t>(layer)];
  const auto rows = batch.rows();
  // What a layer adds at its end is added where the next begins, in one pass with its norm.
  const auto before =
      layer == 0 ? closing{} : closing_of(weights_.layers[static_cast<std::size_t>(layer) - 1]);
  auto why = norm({.has_added = layer > 0,
                   .added_bias = before.bias,
                   .added_norm = before.norm,
                   .weight = w.input_norm,
                   .bias = w.input_norm_bias},
                  rows, on);
  if (why == success) {
    why = make_queries(batch, layer, layout, pool, on);
  }
  if (why == success) {
    why = attend(batch, layer, layout, pool, on);
  }
  if (why != success || !w.is_parallel) {
    return why == success ? attention_out(w, rows, on) : why;
  }
  why = norm({.weight = w.post_norm, .bias = w.post_norm_bias}, rows, on);
  return why == success ? feed_forward(w, rows, on) : why;
}

/// The MLP; of a parallel layer what comes of attention, which is added next.
status decoder::end_layer(const step_batch& batch, const layer_weights& w, stream on) {
  const auto rows = batch.rows();
  if (w.is_parallel) {
    const auto why = norm({.has_added = true, .added_norm = w.down_norm}, rows, on);
    return why == success ? attention_out(w, rows, on) : why;
  }
  const auto why = norm({.has_added = true,
                         .added_bias = w.attention_out_bias,
                         .added_norm = w.attention_out_norm,
                         .weight = w.post_norm,
                         .bias = w.post_norm_bias},
                        rows, on);
  return why == success ? feed_forward(w, rows, on) : why;
}

/// Keys and values go into the pool, queries to q_.
status decoder::make_queries(const step_batch& batch, std::int32_t layer,
                             const engine::ops::kv_layout& layout, void* pool, stream on) {
  const auto& s = shape_;
  const auto& w = weights_.layers[static_cast<std::size_t>(layer)];
  if (s.latent.kv_rank > 0) {
    return make_latent_queries(batch, w, layout, pool, on);
  }
  if (const auto why = make_heads(w, batch.rows(), on); why != success) {
    return why;
  }
  return ops::rope_store({.qkv = {qkv_.data(), count(1, qkv_cols(s)), element::bf16},
                          .bias = w.qkv_bias,
                          .rows = batch.rows(),
                          .heads = s.heads,
                          .q_weight = w.q_norm,
                          .k_weight = w.k_norm,
                          .eps = s.eps,
                          .has_l2_norm = w.has_l2_norm,
                          .turn = turn_of(w),
                          .positions = positions_.data(),
                          .temperature = w.has_temperature ? temperatures_.data() : nullptr,
                          .sequence = sequence_.data(),
                          .tables = tables_of(batch, w),
                          .table_stride = batch.table_stride,
                          .layout = layout,
                          .layer = w.page_layer,
                          .kept = shape_.kept,
                          .pool = pool,
                          .q = q_.data(),
                          .q_stride = count(s.heads, s.head_dim)},
                         on);
}

/// Of the normed rows, to qkv_.
status decoder::make_heads(const layer_weights& w, std::int32_t rows, stream on) {
  const auto& s = shape_;
  const auto cols = qkv_cols(s);
  const auto apart = w.values.data == nullptr ? 0 : s.kv_heads * s.head_dim;
  const auto make = [&](ops::matrix_in of, std::int32_t first, std::int32_t outputs) {
    return multiply_.run_rows(normed_.data(), s.hidden, rows, of, outputs,
                              {qkv_.data() + first, count(1, cols), element::bf16}, on);
  };
  const auto why = make(w.qkv, 0, cols - apart);
  return why != success || apart == 0 ? why : make(w.values, cols - apart, apart);
}

status decoder::make_latent_queries(const step_batch& batch, const layer_weights& w,
                                    const engine::ops::kv_layout& layout, void* pool, stream on) {
  return latent_.make_queries(w.latent, normed_.data(),
                              {.rows = batch.rows(),
                               .turn = turn_of(w),
                               .positions = positions_.data(),
                               .sequence = sequence_.data(),
                               .tables = tables_of(batch, w),
                               .table_stride = batch.table_stride,
                               .layout = layout,
                               .layer = w.page_layer,
                               .kept = shape_.kept,
                               .pool = pool,
                               .q = q_.data(),
                               .q_stride = count(shape_.heads, shape_.head_dim)},
                              on);
}

ops::rope_turn decoder::turn_of(const layer_weights& w) const {
  return {.rotary_dim = w.cos == nullptr ? 0 : shape_.rotary_dim,
          .has_adjacent_pairs = shape_.has_adjacent_pairs,
          .cos = w.cos,
          .sin = w.sin};
}

/// Of the normed rows, to added_.
status decoder::feed_forward(const layer_weights& w, std::int32_t rows, stream on) {
  const auto& s = shape_;
  const auto hidden = static_cast<std::size_t>(s.hidden);
  if (w.experts.router != nullptr) {
    const auto why = ops::add_norm({.x = x_.data(),
                                    .x_stride = hidden,
                                    .rows = rows,
                                    .cols = s.hidden,
                                    .kind = s.norm,
                                    .eps = s.eps,
                                    .weight = w.post_norm,
                                    .bias = w.post_norm_bias,
                                    .out = {exact_.data(), hidden, element::f32}},
                                   on);
    return why != success
               ? why
               : experts_.run(w.experts, normed_.data(), exact_.data(), rows, added_.data(), on);
  }
  const auto cols = wide_cols(s);
  const auto wide = static_cast<std::size_t>(cols);
  auto why = multiply_.run_rows(normed_.data(), s.hidden, rows, w.gate_up, cols,
                                {gate_up_.data(), wide, element::bf16}, on);
  if (why == success) {
    why = ops::activate(
        {.act = s.act,
         .x = {gate_up_.data(), wide, element::bf16},
         .rows = rows,
         .cols = s.feed_forward,
         .out = {activated_.data(), static_cast<std::size_t>(s.feed_forward), element::bf16}},
        on);
  }
  if (why == success) {
    why = multiply_.run_rows(activated_.data(), s.feed_forward, rows, w.down, s.hidden,
                             {added_.data(), hidden, element::f32}, on);
  }
  return why;
}

const std::uint32_t* decoder::tables_of(const step_batch& batch, const layer_weights& w) const {
  return tables_.data() + count(w.page, batch.table_stride / shape_.pages);
}

/// To attended_, and where keys are latent from there to raised_.
status decoder::attend(const step_batch& batch, std::int32_t layer,
                       const engine::ops::kv_layout& layout, const void* pool, stream on) {
  const auto& w = weights_.layers[static_cast<std::size_t>(layer)];
  const auto plan = plan_attention({.rows = batch.rows(),
                                    .sequences = batch.sequences(),
                                    .rows_max = batch.rows_max,
                                    .visible_max = batch.visible_max,
                                    .heads = shape_.heads,
                                    .window = w.window,
                                    .chunk = w.chunk,
                                    .layout = layout});
  if (plan.scratch_floats > scratch_.size()) {
    return invalid_value;
  }
  const auto why = ops::attention({.q = q_.data(),
                                   .q_stride = count(shape_.heads, shape_.head_dim),
                                   .rows = batch.rows(),
                                   .sequences = batch.sequences(),
                                   .heads = shape_.heads,
                                   .row_begin = row_begin_.data(),
                                   .sequence = sequence_.data(),
                                   .positions = positions_.data(),
                                   .tables = tables_of(batch, w),
                                   .table_stride = batch.table_stride,
                                   .scale = shape_.attention_scale,
                                   .softcap = shape_.attention_softcap,
                                   .window = w.window,
                                   .chunk = w.chunk,
                                   .sinks = w.sinks,
                                   .layout = layout,
                                   .layer = w.page_layer,
                                   .kept = shape_.kept,
                                   .pool = pool,
                                   .out = attended_.data(),
                                   .out_stride = count(1, shape_.attended_cols()),
                                   .scratch = scratch_.data()},
                                  plan, on);
  return why != success || shape_.latent.kv_rank == 0
             ? why
             : latent_.raise_values(w.latent, attended_.data(), batch.rows(), raised_.data(), on);
}

/// The last sum, the norm and the head, of the rows that are wanted alone.
status decoder::finish(const step_batch& batch, stream on) {
  const auto& s = shape_;
  const auto hidden = static_cast<std::size_t>(s.hidden);
  const auto vocab = static_cast<std::size_t>(s.vocab);
  const auto rows = static_cast<std::int32_t>(batch.wanted.size());
  const auto gather = [&](const device_buffer<float>& from, const device_buffer<float>& to) {
    return ops::gather_rows({.x = {from.data(), hidden, element::f32},
                             .index = wanted_.data(),
                             .rows = rows,
                             .cols = s.hidden,
                             .out = {to.data(), hidden, element::f32}},
                            on);
  };
  auto why = first_of({gather(x_, wanted_x_), gather(added_, wanted_add_)});
  if (why == success) {
    const auto last = closing_of(weights_.layers.back());
    why = ops::add_norm({.x = wanted_x_.data(),
                         .x_stride = hidden,
                         .rows = rows,
                         .cols = s.hidden,
                         .kind = s.norm,
                         .eps = s.eps,
                         .y = {wanted_add_.data(), hidden, element::f32},
                         .y_bias = last.bias,
                         .y_weight = last.norm,
                         .weight = weights_.final_norm,
                         .bias = weights_.final_norm_bias,
                         .out = {normed_.data(), hidden, element::bf16}},
                        on);
  }
  if (why == success) {
    why = multiply_.run_rows(normed_.data(), s.hidden, rows, weights_.head, s.vocab,
                             {logits_.data(), vocab, element::f32}, on);
  }
  if (why == success && s.logit_softcap > 0) {
    why = ops::softcap({.x = logits_.data(),
                        .x_stride = vocab,
                        .rows = rows,
                        .cols = s.vocab,
                        .cap = s.logit_softcap},
                       on);
  }
  return why;
}

} // namespace troupe::cuda
