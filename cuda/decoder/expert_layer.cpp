// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/decoder/expert_layer.hpp"

#include "cuda/decoder/statuses.hpp"
#include "cuda/ops/add_norm.hpp"
#include "cuda/ops/gemv.hpp"
#include "cuda/ops/grouped_gemm.hpp"
#include "cuda/ops/move_rows.hpp"
#include "cuda/ops/route.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace troupe::cuda {
namespace {

using ops::element;

std::size_t as_stride(std::int32_t columns) {
  return static_cast<std::size_t>(columns);
}

} // namespace

expert_layer::expert_layer(const expert_shape& shape, std::int32_t hidden, ops::activation act,
                           product& multiply)
    : shape_(shape), hidden_(hidden), act_(act), multiply_(multiply) {
  TROUPE_CHECK(!shape.weighs_input || shape.chosen == 1);
}

status expert_layer::reserve(std::int32_t rows) {
  const auto& s = shape_;
  if (s.count == 0) {
    return success;
  }
  const auto pairs = rows * s.chosen;
  const auto widest = std::max(count(pairs, s.feed_forward), count(rows, s.shared_feed_forward));
  const auto weighed = s.weighs_input ? pairs : 0;
  const auto shared = s.shared_feed_forward > 0 ? rows : 0;
  std::vector<std::int32_t> self(static_cast<std::size_t>(rows));
  std::iota(self.begin(), self.end(), 0);
  const auto why = first_of({logits_.resize(count(rows, s.count)), ids_.resize(count(pairs, 1)),
                             shares_.resize(count(pairs, 1)), begin_.resize(count(s.held + 1, 1)),
                             index_.resize(count(pairs, 1)), place_.resize(count(pairs, 1)),
                             pair_shares_.resize(count(weighed, 1)),
                             weighed_.resize(count(weighed, hidden_)), wide_.resize(2 * widest),
                             activated_.resize(widest), made_.resize(count(pairs, hidden_)),
                             shared_.resize(count(shared, hidden_)), gate_.resize(count(shared, 1)),
                             gate_shares_.resize(count(shared, 1)), self_.resize(count(rows, 1))});
  return why == success ? self_.write(self) : why;
}

status expert_layer::run(const expert_weights& w, const bf16* x, const float* exact,
                         std::int32_t rows, float* out, stream on) {
  auto why = choose(w, exact, rows, on);
  if (why == success && shape_.weighs_input) {
    why = weigh(x, rows, on);
  }
  if (why == success) {
    why = visit(w, x, rows, out, on);
  }
  return why == success && w.shared_down.data != nullptr ? add_shared(w, x, rows, out, on) : why;
}

/// The router's logits.
status expert_layer::rate(const expert_weights& w, const float* exact, std::int32_t rows,
                          stream on) {
  auto why = success;
  for (std::int32_t first = 0; why == success && first < rows; first += ops::gemv_rows_max) {
    why = ops::gemv({.x = {exact + count(first, hidden_), as_stride(hidden_), element::f32},
                     .rows = std::min(ops::gemv_rows_max, rows - first),
                     .w = w.router,
                     .type = engine::ops::dtype::bf16,
                     .outputs = shape_.count,
                     .inputs = hidden_,
                     .bias = w.router_bias,
                     .out = {logits_.data() + count(first, shape_.count), as_stride(shape_.count),
                             element::f32}},
                    on);
  }
  return why;
}

status expert_layer::choose(const expert_weights& w, const float* exact, std::int32_t rows,
                            stream on) {
  const auto& s = shape_;
  auto why = rate(w, exact, rows, on);
  if (why == success) {
    why = ops::route({.logits = logits_.data(),
                      .logits_stride = as_stride(s.count),
                      .rows = rows,
                      .experts = s.count,
                      .chosen = s.chosen,
                      .score = s.score,
                      .is_normalized = s.is_normalized,
                      .scale = s.scale,
                      .choice_bias = w.choice_bias,
                      .groups = s.groups,
                      .groups_chosen = s.groups_chosen,
                      .ids = ids_.data(),
                      .shares = shares_.data()},
                     on);
  }
  if (why == success) {
    why = ops::sort_by_expert({.ids = ids_.data(),
                               .rows = rows,
                               .chosen = s.chosen,
                               .first = s.first,
                               .experts = s.held,
                               .begin = begin_.data(),
                               .index = index_.data(),
                               .place = place_.data()},
                              on);
  }
  return why;
}

/// The rows in the order of their experts, each times its share. With one expert a row, the row of
/// a pair finds its share, too.
status expert_layer::weigh(const bf16* x, std::int32_t rows, stream on) {
  const auto gather = [&](ops::rows_in from, const float* share, std::int32_t cols,
                          ops::rows_out to) {
    return ops::gather_rows(
        {.x = from, .index = index_.data(), .share = share, .rows = rows, .cols = cols, .out = to},
        on);
  };
  const auto why =
      gather({shares_.data(), 1, element::f32}, nullptr, 1, {pair_shares_.data(), 1, element::f32});
  return why != success ? why
                        : gather({x, as_stride(hidden_), element::bf16}, pair_shares_.data(),
                                 hidden_, {weighed_.data(), as_stride(hidden_), element::bf16});
}

status expert_layer::visit(const expert_weights& w, const bf16* x, std::int32_t rows, float* out,
                           stream on) {
  const auto& s = shape_;
  const auto pairs = rows * s.chosen;
  const auto wide = as_stride(2 * s.feed_forward);
  const auto narrow = as_stride(s.feed_forward);
  auto why = ops::grouped_gemm({.x = s.weighs_input ? weighed_.data() : x,
                                .x_stride = as_stride(hidden_),
                                .index = s.weighs_input ? nullptr : index_.data(),
                                .begin = begin_.data(),
                                .groups = s.held,
                                .pairs_max = pairs,
                                .w = w.gate_up,
                                .outputs = 2 * s.feed_forward,
                                .inputs = hidden_,
                                .bias = w.gate_up_bias,
                                .out = {wide_.data(), wide, element::bf16}},
                               on);
  if (why == success) {
    why = ops::activate({.act = act_,
                         .x = {wide_.data(), wide, element::bf16},
                         .rows = pairs,
                         .cols = s.feed_forward,
                         .out = {activated_.data(), narrow, element::bf16}},
                        on);
  }
  if (why == success) {
    why = ops::grouped_gemm({.x = activated_.data(),
                             .x_stride = narrow,
                             .begin = begin_.data(),
                             .groups = s.held,
                             .pairs_max = pairs,
                             .w = w.down,
                             .outputs = hidden_,
                             .inputs = s.feed_forward,
                             .bias = w.down_bias,
                             .out = {made_.data(), as_stride(hidden_), element::f32}},
                            on);
  }
  if (why == success) {
    why = ops::mix_rows({.x = {made_.data(), as_stride(hidden_), element::f32},
                         .place = place_.data(),
                         .share = s.weighs_input ? nullptr : shares_.data(),
                         .rows = rows,
                         .chosen = s.chosen,
                         .cols = hidden_,
                         .out = {out, as_stride(hidden_), element::f32}},
                        on);
  }
  return why;
}

status expert_layer::add_shared(const expert_weights& w, const bf16* x, std::int32_t rows,
                                float* out, stream on) {
  const auto cols = shape_.shared_feed_forward;
  const auto hidden = as_stride(hidden_);
  auto why = multiply_.run_rows(x, hidden_, rows, w.shared_gate_up, 2 * cols,
                                {wide_.data(), as_stride(2 * cols), element::bf16}, on);
  if (why == success) {
    why = ops::activate({.act = act_,
                         .x = {wide_.data(), as_stride(2 * cols), element::bf16},
                         .rows = rows,
                         .cols = cols,
                         .out = {activated_.data(), as_stride(cols), element::bf16}},
                        on);
  }
  if (why == success) {
    why = multiply_.run_rows(activated_.data(), cols, rows, w.shared_down, hidden_,
                             {shared_.data(), hidden, element::f32}, on);
  }
  const float* made = shared_.data();
  if (why == success && w.shared_gate != nullptr) {
    why = multiply_.run_rows(x, hidden_, rows, {w.shared_gate}, 1, {gate_.data(), 1, element::f32},
                             on);
    if (why == success) {
      why = ops::route({.logits = gate_.data(),
                        .logits_stride = 1,
                        .rows = rows,
                        .experts = 1,
                        .chosen = 1,
                        .score = engine::ops::route_score::sigmoid,
                        .ids = ids_.data(),
                        .shares = gate_shares_.data()},
                       on);
    }
    if (why == success) {
      why = ops::mix_rows({.x = {shared_.data(), hidden, element::f32},
                           .place = self_.data(),
                           .share = gate_shares_.data(),
                           .rows = rows,
                           .chosen = 1,
                           .cols = hidden_,
                           .out = {made_.data(), hidden, element::f32}},
                          on);
    }
    made = made_.data();
  }
  if (why == success) {
    why = ops::add_norm({.x = out,
                         .x_stride = hidden,
                         .rows = rows,
                         .cols = hidden_,
                         .y = {made, hidden, element::f32}},
                        on);
  }
  return why;
}

} // namespace troupe::cuda
