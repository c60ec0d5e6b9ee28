// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/decoder_forward.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace troupe::engine {

void decoder_forward::feed_forward(const tile& t, const decoder_layer& w) {
  norm(t, w.post_norm);
  if (w.experts.each.empty()) {
    run_mlp(t, w.mlp, t.memory->narrow);
  } else {
    mix_experts(t, w.experts);
  }
  add_narrow(t, w.down_norm);
}

/// In place on the first rows of `x`, as many as the tile has.
void decoder_forward::run_mlp(const tile& t, const mlp_weights& w, std::vector<float>& x) {
  float* wide = t.memory->wide.data();
  multiply(t, w.gate_up, x.data(), hidden_stride_, wide, wide_stride_);
  add_bias(t.rows, w.gate_up_bias, wide, wide_stride_);
  activate(t.rows, w.down.view.inputs, wide);
  multiply(t, w.down, wide, wide_stride_, x.data(), hidden_stride_);
  add_bias(t.rows, w.down_bias, x.data(), hidden_stride_);
}

/// What gate and up make, in place on rows of the tile's wide memory.
void decoder_forward::activate(std::int32_t rows, std::int32_t cols, float* wide) {
  if (!weights_.spec.is_gated) {
    ops_.gelu({.x = wide, .x_stride = wide_stride_, .rows = rows, .cols = cols});
    return;
  }
  const auto act = weights_.spec.act == activation::silu        ? ops_.silu_mul
                   : weights_.spec.act == activation::gelu_tanh ? ops_.gelu_mul
                                                                : ops_.swiglu_oai;
  act({.gate_up = wide,
       .gate_up_stride = wide_stride_,
       .rows = rows,
       .cols = cols,
       .out = wide,
       .out_stride = wide_stride_});
}

/// Replaces the tile's narrow rows by what their experts make of them: the sum in the order of the
/// experts' numbers, the shared one last, so that it is the same in any batch.
void decoder_forward::mix_experts(const tile& t, const expert_weights& w) {
  auto& m = *t.memory;
  route(t, w);
  std::fill_n(m.mixed.begin(), static_cast<std::size_t>(t.rows) * hidden_stride_, 0.0F);
  const auto chosen = static_cast<std::size_t>(weights_.spec.experts.chosen);
  for (std::size_t expert = 0; expert < w.each.size(); ++expert) {
    m.members.clear();
    m.member_shares.clear();
    for (std::size_t i = 0; i < static_cast<std::size_t>(t.rows) * chosen; ++i) {
      if (m.ids[i] == static_cast<std::int32_t>(expert)) {
        m.members.push_back(static_cast<std::int32_t>(i / chosen));
        m.member_shares.push_back(m.shares[i]);
      }
    }
    if (!m.members.empty()) {
      visit(t, w.each[expert], weights_.spec.experts.weighs_input);
    }
  }
  if (w.shared.down.view.outputs > 0) {
    m.members.resize(static_cast<std::size_t>(t.rows));
    std::iota(m.members.begin(), m.members.end(), 0);
    share_of_all(t, w);
    visit(t, w.shared, false);
  }
  std::swap(m.narrow, m.mixed);
}

/// Adds what one expert makes of its members to the mixed rows.
void decoder_forward::visit(const tile& t, const mlp_weights& expert, bool weighs_input) {
  auto& m = *t.memory;
  const auto rows = static_cast<std::int32_t>(m.members.size());
  ops_.gather_rows({.x = m.narrow.data(),
                    .x_stride = hidden_stride_,
                    .index = m.members.data(),
                    .share = weighs_input ? m.member_shares.data() : nullptr,
                    .rows = rows,
                    .cols = weights_.spec.hidden,
                    .out = m.gathered.data(),
                    .out_stride = hidden_stride_});
  run_mlp({0, rows, t.is_alone, t.memory}, expert, m.gathered);
  ops_.scatter_add({.x = m.gathered.data(),
                    .x_stride = hidden_stride_,
                    .index = m.members.data(),
                    .share = weighs_input ? nullptr : m.member_shares.data(),
                    .rows = rows,
                    .cols = weights_.spec.hidden,
                    .out = m.mixed.data(),
                    .out_stride = hidden_stride_});
}

void decoder_forward::route(const tile& t, const expert_weights& w) {
  auto& m = *t.memory;
  const auto& how = weights_.spec.experts;
  multiply(t, w.router, m.narrow.data(), hidden_stride_, m.wide.data(), wide_stride_);
  add_bias(t.rows, w.router_bias, m.wide.data(), wide_stride_);
  ops_.route({.logits = m.wide.data(),
              .logits_stride = wide_stride_,
              .rows = t.rows,
              .experts = how.count,
              .chosen = how.chosen,
              .score = how.score,
              .is_normalized = how.is_normalized,
              .scale = how.scale,
              .choice_bias = w.choice_bias.empty() ? nullptr : w.choice_bias.data(),
              .groups = how.groups,
              .groups_chosen = how.groups_chosen,
              .ids = m.ids.data(),
              .shares = m.shares.data()});
}

/// The share that each row gives the shared expert: of a router that knows no other.
void decoder_forward::share_of_all(const tile& t, const expert_weights& w) {
  auto& m = *t.memory;
  m.member_shares.assign(static_cast<std::size_t>(t.rows), 1.0F);
  if (w.shared_gate.view.outputs == 0) {
    return;
  }
  multiply(t, w.shared_gate, m.narrow.data(), hidden_stride_, m.wide.data(), wide_stride_);
  ops_.route({.logits = m.wide.data(),
              .logits_stride = wide_stride_,
              .rows = t.rows,
              .experts = 1,
              .chosen = 1,
              .score = ops::route_score::sigmoid,
              .ids = m.ids.data(),
              .shares = m.member_shares.data()});
}

} // namespace troupe::engine
