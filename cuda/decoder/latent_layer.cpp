// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/decoder/latent_layer.hpp"

#include "cuda/decoder/statuses.hpp"
#include "cuda/ops/add_norm.hpp"

namespace troupe::cuda {

using ops::element;

latent_layer::latent_layer(const latent_shape& shape, std::int32_t hidden, std::int32_t heads,
                           product& multiply)
    : shape_(shape), hidden_(hidden), heads_(heads), multiply_(multiply) {
}

std::int32_t latent_layer::wide_cols() const {
  return heads_ * (shape_.plain_dim + shape_.rope_dim);
}

status latent_layer::reserve(std::int32_t rows) {
  const auto& s = shape_;
  if (s.kv_rank == 0) {
    return success;
  }
  return first_of({low_.resize(count(rows, s.query_rank)), ranks_.resize(count(rows, s.query_rank)),
                   wide_.resize(count(rows, wide_cols())),
                   key_.resize(count(rows, s.kv_rank + s.rope_dim))});
}

status latent_layer::widen_queries(const latent_weights& w, const bf16* x, std::int32_t rows,
                                   stream on) {
  const auto rank = shape_.query_rank;
  const auto stride = static_cast<std::size_t>(rank);
  const ops::rows_out wide{wide_.data(), count(1, wide_cols()), element::bf16};
  if (rank == 0) {
    return multiply_.run_rows(x, hidden_, rows, w.query_up, wide_cols(), wide, on);
  }
  auto why = multiply_.run_rows(x, hidden_, rows, w.query_down, rank,
                                {low_.data(), stride, element::f32}, on);
  if (why == success) {
    why = ops::add_norm({.x = low_.data(),
                         .x_stride = stride,
                         .rows = rows,
                         .cols = rank,
                         .eps = shape_.norm_eps,
                         .weight = w.query_norm,
                         .out = {ranks_.data(), stride, element::bf16}},
                        on);
  }
  return why != success
             ? why
             : multiply_.run_rows(ranks_.data(), rank, rows, w.query_up, wide_cols(), wide, on);
}

status latent_layer::make_queries(const latent_weights& w, const bf16* x, ops::latent_store_args to,
                                  stream on) {
  const auto& s = shape_;
  const auto head_dim = s.kv_rank + s.rope_dim;
  to.queries = {wide_.data(), count(1, wide_cols()), element::bf16};
  to.key = {key_.data(), count(1, head_dim), element::f32};
  to.heads = heads_;
  to.plain_dim = s.plain_dim;
  to.key_weight = w.key_norm;
  to.eps = s.norm_eps;
  auto why = widen_queries(w, x, to.rows, on);
  if (why == success) {
    why = multiply_.run({.x = wide_.data(),
                         .x_stride = to.queries.stride,
                         .rows = to.rows,
                         .w = {w.into_latent},
                         .outputs = s.kv_rank,
                         .inputs = s.plain_dim,
                         .out = {to.q, to.q_stride, element::bf16},
                         .batch = {.count = heads_,
                                   .x = count(1, s.plain_dim + s.rope_dim),
                                   .w = count(s.kv_rank, s.plain_dim),
                                   .out = count(1, head_dim)}},
                        on);
  }
  if (why == success) {
    why = multiply_.run_rows(x, hidden_, to.rows, w.key_down, head_dim,
                             {key_.data(), to.key.stride, element::f32}, on);
  }
  return why == success ? ops::latent_store(to, on) : why;
}

status latent_layer::raise_values(const latent_weights& w, const bf16* attended, std::int32_t rows,
                                  bf16* out, stream on) {
  const auto& s = shape_;
  return multiply_.run({.x = attended,
                        .x_stride = count(heads_, s.kv_rank),
                        .rows = rows,
                        .w = {w.value_up},
                        .outputs = s.value_dim,
                        .inputs = s.kv_rank,
                        .out = {out, count(heads_, s.value_dim), element::bf16},
                        .batch = {.count = heads_,
                                  .x = count(1, s.kv_rank),
                                  .w = count(s.value_dim, s.kv_rank),
                                  .out = count(1, s.value_dim)}},
                       on);
}

} // namespace troupe::cuda
