// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/decoder_forward.hpp"

#include <algorithm>

namespace troupe::engine {

/// From the tile's narrow rows, queries and key as attention over latent keys wants them: of each
/// head kv_rank latent and rope_dim turned elements, and one key alike.
void decoder_forward::begin_latent(const tile& t, const decoder_layer& w, const layer_spec& kind) {
  make_queries(t, w.latent);
  make_keys(t, w.latent);
  float* qkv = qkv_.data() + static_cast<std::size_t>(t.first) * q_stride_;
  turn(t, kind, qkv + weights_.spec.latent.kv_rank, weights_.spec.heads + 1);
}

void decoder_forward::make_queries(const tile& t, const latent_weights& w) {
  const auto& how = weights_.spec.latent;
  float* low = t.memory->low.data();
  float* wide = t.memory->wide.data();
  if (how.query_rank > 0) {
    multiply(t, w.query_down, t.memory->narrow.data(), hidden_stride_, low, low_stride_);
    ops_.rms_norm({.x = low,
                   .x_stride = low_stride_,
                   .rows = t.rows,
                   .cols = how.query_rank,
                   .weight = w.query_norm.data(),
                   .eps = latent_spec::norm_eps,
                   .out = low,
                   .out_stride = low_stride_});
    multiply(t, w.query_up, low, low_stride_, wide, wide_stride_);
  } else {
    multiply(t, w.query_up, t.memory->narrow.data(), hidden_stride_, wide, wide_stride_);
  }
  const auto head_dim = static_cast<std::size_t>(weights_.spec.head_dim);
  const auto from_dim = static_cast<std::size_t>(how.plain_dim + how.rope_dim);
  float* qkv = qkv_.data() + static_cast<std::size_t>(t.first) * q_stride_;
  for (std::size_t head = 0; head < w.into_latent.size(); ++head) {
    multiply(t, w.into_latent[head], wide + head * from_dim, wide_stride_, qkv + head * head_dim,
             q_stride_);
    for (std::size_t row = 0; row < static_cast<std::size_t>(t.rows); ++row) {
      std::copy_n(wide + row * wide_stride_ + head * from_dim + how.plain_dim, how.rope_dim,
                  qkv + row * q_stride_ + head * head_dim + how.kv_rank);
    }
  }
}

void decoder_forward::make_keys(const tile& t, const latent_weights& w) {
  const auto& how = weights_.spec.latent;
  float* low = t.memory->low.data();
  multiply(t, w.key_down, t.memory->narrow.data(), hidden_stride_, low, low_stride_);
  ops_.rms_norm({.x = low,
                 .x_stride = low_stride_,
                 .rows = t.rows,
                 .cols = how.kv_rank,
                 .weight = w.key_norm.data(),
                 .eps = latent_spec::norm_eps,
                 .out = low,
                 .out_stride = low_stride_});
  float* keys = qkv_.data() + static_cast<std::size_t>(t.first) * q_stride_
                + static_cast<std::size_t>(weights_.spec.q_cols());
  for (std::size_t row = 0; row < static_cast<std::size_t>(t.rows); ++row) {
    std::copy_n(low + row * low_stride_, weights_.spec.head_dim, keys + row * q_stride_);
  }
}

/// Each head's latent output to its values, side by side in the wide rows. Heads ascend, since a
/// product fills whole panels and the next head's overwrites what is past its end.
void decoder_forward::raise_values(const tile& t, const latent_weights& w) {
  const auto& how = weights_.spec.latent;
  const float* latent = attention_.data() + static_cast<std::size_t>(t.first) * attention_stride_;
  for (std::size_t head = 0; head < w.value_up.size(); ++head) {
    multiply(t, w.value_up[head], latent + head * static_cast<std::size_t>(how.kv_rank),
             attention_stride_,
             t.memory->wide.data() + head * static_cast<std::size_t>(how.value_dim), wide_stride_);
  }
}

} // namespace troupe::engine
