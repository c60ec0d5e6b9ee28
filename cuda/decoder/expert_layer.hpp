// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/buffer.hpp"
#include "cuda/gemm/product.hpp"
#include "cuda/math/numbers.hpp"
#include "cuda/ops/activate.hpp"
#include "engine/core/ops/route.hpp"

#include <cstdint>

namespace troupe::cuda {

/// How the rows of layers with experts find theirs; count 0: no layer has any.
struct expert_shape {
  std::int32_t count = 0;
  std::int32_t first = 0;  ///< Of those that this device has, as the next: the first, and
  std::int32_t held = 0;   ///< how many. What the others make is added elsewhere.
  std::int32_t chosen = 0; ///< By each row.
  std::int32_t feed_forward = 0;
  std::int32_t shared_feed_forward = 0; ///< Of an expert that every row visits; 0: none.
  engine::ops::route_score score = engine::ops::route_score::softmax;
  bool is_normalized = false;
  bool weighs_input = false; ///< A share multiplies what its expert reads; only with one chosen.
  float scale = 1;
  std::int32_t groups = 1;
  std::int32_t groups_chosen = 1;
};

/// Of the device; experts that it has stand one after the other. Null: there is none.
struct expert_weights {
  const void* router = nullptr;        ///< [count, hidden] bf16; null: the layer has no experts.
  const float* router_bias = nullptr;  ///< [count]
  const float* choice_bias = nullptr;  ///< [count]
  ops::matrix_in gate_up;              ///< [held, 2 * feed_forward, hidden]
  ops::matrix_in down;                 ///< [held, hidden, feed_forward]
  const float* gate_up_bias = nullptr; ///< [held, 2 * feed_forward]
  const float* down_bias = nullptr;    ///< [held, hidden]
  ops::matrix_in shared_gate_up;       ///< [2 * shared_feed_forward, hidden]
  ops::matrix_in shared_down;          ///< [hidden, shared_feed_forward]
  const void* shared_gate = nullptr;   ///< [1, hidden] bf16; the share is a sigmoid of it, else 1.
};

/// The MLP of a layer with experts on a device: no host knows who goes where, so that a graph can
/// hold it.
///
/// Role:    the decoder's, for all its layers; it keeps what stands between the ops.
/// Kernels: the router's product (one for each 8 rows), route, sort, two grouped products,
///          activation, mix; four to seven more with a shared expert.
/// Differs from the CPU's: a row's experts are added by rank, not by number. The router reads rows
///          that are not rounded to bf16, for that alone changes who is chosen.
/// Errors:  CUDA's, as status. Checked: test/conformance/device/device_families_test.cpp
class expert_layer {
public:
  /// `multiply` outlives it.
  expert_layer(const expert_shape& shape, std::int32_t hidden, ops::activation act,
               product& multiply);

  /// Room for steps of so many rows.
  [[nodiscard]] status reserve(std::int32_t rows);

  /// out[r] = what the experts make of x[r]; x [rows, hidden] bf16, `exact` the same before it was
  /// rounded, fp32, as out [rows, hidden].
  [[nodiscard]] status run(const expert_weights& w, const bf16* x, const float* exact,
                           std::int32_t rows, float* out, stream on);

private:
  [[nodiscard]] status choose(const expert_weights& w, const float* exact, std::int32_t rows,
                              stream on);
  [[nodiscard]] status rate(const expert_weights& w, const float* exact, std::int32_t rows,
                            stream on);
  [[nodiscard]] status weigh(const bf16* x, std::int32_t rows, stream on);
  [[nodiscard]] status visit(const expert_weights& w, const bf16* x, std::int32_t rows, float* out,
                             stream on);
  [[nodiscard]] status add_shared(const expert_weights& w, const bf16* x, std::int32_t rows,
                                  float* out, stream on);

  expert_shape shape_;
  std::int32_t hidden_;
  ops::activation act_;
  product& multiply_;

  device_buffer<float> logits_;       ///< [rows, count]
  device_buffer<std::int32_t> ids_;   ///< [rows, chosen]
  device_buffer<float> shares_;       ///< as ids_
  device_buffer<std::int32_t> begin_; ///< [held + 1]
  device_buffer<std::int32_t> index_; ///< [pairs]
  device_buffer<std::int32_t> place_; ///< [rows, chosen]
  device_buffer<float> pair_shares_;  ///< [pairs], by expert; with weighs_input,
  device_buffer<bf16> weighed_;       ///< as this, [pairs, hidden].
  device_buffer<bf16> wide_;          ///< [pairs, 2 * feed_forward], or of the shared one.
  device_buffer<bf16> activated_;
  device_buffer<float> made_;        ///< [pairs, hidden]
  device_buffer<float> shared_;      ///< [rows, hidden]
  device_buffer<float> gate_;        ///< [rows]
  device_buffer<float> gate_shares_; ///< [rows]
  device_buffer<std::int32_t> self_; ///< [rows], each row's own number.
};

} // namespace troupe::cuda
