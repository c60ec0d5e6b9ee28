// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/core/step_batch.hpp"
#include "cuda/decoder/expert_layer.hpp"
#include "cuda/decoder/latent_layer.hpp"
#include "cuda/device/transfers.hpp"
#include "cuda/gemm/product.hpp"
#include "cuda/math/numbers.hpp"
#include "cuda/ops/activate.hpp"
#include "cuda/ops/add_norm.hpp"
#include "cuda/ops/embedding.hpp"
#include "engine/core/ops/kv_layout.hpp"

#include <vector>

namespace troupe::cuda {

/// The sizes of a decoder of any family. Over latent keys head_dim is kv_rank + rope_dim, and
/// there is one kv head.
struct decoder_shape {
  std::int32_t layers = 0;
  std::int32_t hidden = 0;
  std::int32_t heads = 0;
  std::int32_t kv_heads = 0;
  std::int32_t head_dim = 0;
  std::int32_t feed_forward = 0;
  std::int32_t vocab = 0;
  float eps = 0;
  ops::norm_kind norm = ops::norm_kind::rms;
  ops::activation act = ops::activation::silu_mul;
  std::int32_t rotary_dim = 0;
  bool has_adjacent_pairs = false;
  float embed_scale = 1;
  float attention_scale = 1;
  float attention_softcap = 0; ///< 0: none.
  float logit_softcap = 0;     ///< 0: none.
  float temperature_scale = 0; ///< As in engine::ops::temperature_at.
  float temperature_floor = 1;
  std::int32_t pages = 1;                       ///< Of a block: engine/core/kv_groups.hpp.
  ops::kv_element kept = ops::kv_element::bf16; ///< Of the pool.
  expert_shape experts;
  latent_shape latent;

  /// Of what comes out of the heads, and out of attention, which are two over latent keys alone.
  [[nodiscard]] std::int32_t value_cols() const {
    return heads * (latent.kv_rank > 0 ? latent.value_dim : head_dim);
  }
  [[nodiscard]] std::int32_t attended_cols() const {
    return heads * (latent.kv_rank > 0 ? latent.kv_rank : head_dim);
  }
};

/// Of the device; matrices are [outputs, inputs], vectors fp32. Null: there is none.
struct layer_weights {
  const float* input_norm = nullptr;
  const float* input_norm_bias = nullptr; ///< Of layer norms alone, as that of post_norm.
  ops::matrix_in qkv;                     ///< Rows of q, k, v one after the other.
  ops::matrix_in values;                  ///< Those of v where they are of another type.
  const float* qkv_bias = nullptr;
  latent_weights latent; ///< In place of qkv.
  const float* q_norm = nullptr;
  const float* k_norm = nullptr;
  const float* sinks = nullptr;
  ops::matrix_in attention_out;
  const float* attention_out_bias = nullptr;
  const float* attention_out_norm = nullptr;
  const float* post_norm = nullptr;
  const float* post_norm_bias = nullptr;
  ops::matrix_in gate_up;
  ops::matrix_in down;
  const float* down_norm = nullptr;
  expert_weights experts; ///< In place of gate_up and down.
  std::int32_t window = 0;
  std::int32_t chunk = 0;
  std::int32_t page = 0;        ///< Where its keys and values lie; with one page
  std::int32_t page_layer = 0;  ///< layers stand in their order, whatever these say.
  bool is_parallel = false;     ///< The MLP reads what attention reads, not what it adds.
  bool has_l2_norm = false;     ///< Of q and k after the rope.
  bool has_temperature = false; ///< Of q, by its position.
  const float* cos = nullptr;   ///< [positions, rotary_dim / 2]
  const float* sin = nullptr;
};

struct device_weights {
  const void* embedding = nullptr;
  engine::ops::dtype embedding_type = engine::ops::dtype::bf16;
  std::vector<layer_weights> layers;
  const float* final_norm = nullptr;
  const float* final_norm_bias = nullptr;
  ops::matrix_in head;
};

/// One step of a decoder on a device.
///
/// Role:    whoever owns weights and pool makes one; it keeps what stands between the ops.
/// Thread:  one at a time.
/// Kernels: eight and the products of matrices for each layer: norm, qkv, rope and store, attention
///          (with splits two), out, norm, gate and up, activation, down; parallel ones have one
///          more. Experts: expert_layer.hpp; latent keys: latent_layer.hpp.
/// Errors:  CUDA's, as status; out of memory where the largest step has no room.
/// Checked: test/gpu/decoder_test.cpp
class decoder {
public:
  /// `multiply` outlives it, as do the weights. Requires: as many layers as the shape says.
  decoder(const decoder_shape& shape, device_weights weights, product& multiply);

  /// Room for steps of `rows` rows that want `wanted` logits, of `sequences` sequences with
  /// `blocks` blocks each, that see `visible` keys.
  [[nodiscard]] status reserve(std::int32_t rows, std::int32_t wanted, std::int32_t sequences,
                               std::int32_t blocks, std::int32_t visible);

  /// Brings the arrays of a step to the device, in the order of `on`. Requires: within what is
  /// reserved.
  [[nodiscard]] status begin(const step_batch& batch, transfers& through, stream on);

  /// Computes the step that was begun, into `pool` (pages of `layout`) and logits(). Launches
  /// depend on the counts in `batch` alone, so that a graph of one step computes any other with the
  /// same counts whose visible_max is not above.
  [[nodiscard]] status run(const step_batch& batch, const engine::ops::kv_layout& layout,
                           void* pool, stream on);

  /// A run in parts, for a decoder of whose heads and columns this one has some: after each part
  /// but the last, partial() [rows, hidden] is to be replaced by its sum over all of them.
  [[nodiscard]] std::int32_t parts() const { return 2 * shape_.layers + 1; }
  [[nodiscard]] status run_part(std::int32_t part, const step_batch& batch,
                                const engine::ops::kv_layout& layout, void* pool, stream on);
  [[nodiscard]] float* partial() const { return added_.data(); }

  /// [wanted, vocab] fp32, of the device, of the last run.
  [[nodiscard]] const float* logits() const { return logits_.data(); }

private:
  [[nodiscard]] status embed(const step_batch& batch, stream on);
  [[nodiscard]] status begin_layer(const step_batch& batch, std::int32_t layer,
                                   const engine::ops::kv_layout& layout, void* pool, stream on);
  [[nodiscard]] status end_layer(const step_batch& batch, const layer_weights& w, stream on);
  /// Adds added_ to the residual through its norm, then norms that to normed_; both may be left
  /// out.
  struct norm_step {
    bool has_added = false;
    const float* added_bias = nullptr;
    const float* added_norm = nullptr;
    const float* weight = nullptr;
    const float* bias = nullptr;
  };
  [[nodiscard]] status norm(const norm_step& how, std::int32_t rows, stream on);
  [[nodiscard]] status attention_out(const layer_weights& w, std::int32_t rows, stream on);
  [[nodiscard]] status make_queries(const step_batch& batch, std::int32_t layer,
                                    const engine::ops::kv_layout& layout, void* pool, stream on);
  [[nodiscard]] status make_heads(const layer_weights& w, std::int32_t rows, stream on);
  [[nodiscard]] status make_latent_queries(const step_batch& batch, const layer_weights& w,
                                           const engine::ops::kv_layout& layout, void* pool,
                                           stream on);
  [[nodiscard]] ops::rope_turn turn_of(const layer_weights& w) const;
  [[nodiscard]] status feed_forward(const layer_weights& w, std::int32_t rows, stream on);
  /// The tables of the layer's page.
  [[nodiscard]] const std::uint32_t* tables_of(const step_batch& batch,
                                               const layer_weights& w) const;
  [[nodiscard]] status attend(const step_batch& batch, std::int32_t layer,
                              const engine::ops::kv_layout& layout, const void* pool, stream on);
  [[nodiscard]] status finish(const step_batch& batch, stream on);

  decoder_shape shape_;
  device_weights weights_;
  product& multiply_;

  device_buffer<float> x_;        ///< [rows, hidden], the residual.
  device_buffer<float> added_;    ///< [rows, hidden], what is added to it next.
  device_buffer<bf16> normed_;    ///< [rows, hidden]
  device_buffer<bf16> qkv_;       ///< [rows, q, k, v]
  device_buffer<bf16> q_;         ///< [rows, heads * head_dim]
  device_buffer<bf16> attended_;  ///< [rows, attended_cols]
  device_buffer<bf16> raised_;    ///< [rows, value_cols], over latent keys.
  device_buffer<bf16> gate_up_;   ///< [rows, 2 * feed_forward]
  device_buffer<bf16> activated_; ///< [rows, feed_forward]
  device_buffer<float> exact_;    ///< [rows, hidden], normed_ before it was rounded; for routers.
  expert_layer experts_;
  latent_layer latent_;
  device_buffer<float> wanted_x_;   ///< [wanted, hidden]
  device_buffer<float> wanted_add_; ///< [wanted, hidden]
  device_buffer<float> logits_;     ///< [wanted, vocab]
  device_buffer<float> scratch_;    ///< Of attention.

  device_buffer<std::uint32_t> ids_;
  device_buffer<std::uint32_t> positions_;
  device_buffer<float> temperatures_; ///< [rows]; where a layer has them.
  device_buffer<std::int32_t> sequence_;
  device_buffer<std::int32_t> row_begin_;
  device_buffer<std::uint32_t> tables_;
  device_buffer<std::int32_t> wanted_;
};

} // namespace troupe::cuda
