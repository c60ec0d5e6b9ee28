// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/buffer.hpp"
#include "cuda/gemm/product.hpp"
#include "cuda/math/numbers.hpp"
#include "cuda/ops/latent_store.hpp"

namespace troupe::cuda {

/// As engine/model/model_spec.hpp's latent_spec; kv_rank 0: heads have keys and values of their
/// own.
struct latent_shape {
  std::int32_t kv_rank = 0;
  std::int32_t query_rank = 0; ///< 0: queries are made of the hidden row itself.
  std::int32_t plain_dim = 0;
  std::int32_t rope_dim = 0;
  std::int32_t value_dim = 0;
  float norm_eps = 0; ///< Of the norms of both ranks.
};

/// Of the device; the matrices of heads, which are bf16, stand one after the other.
struct latent_weights {
  ops::matrix_in query_down; ///< [query_rank, hidden]; null without a query rank, as is
  const float* query_norm = nullptr;
  ops::matrix_in query_up; ///< [heads * (plain_dim + rope_dim), query_rank or hidden]
  ops::matrix_in key_down; ///< [kv_rank + rope_dim, hidden]
  const float* key_norm = nullptr;
  const void* into_latent = nullptr; ///< [heads, kv_rank, plain_dim]
  const void* value_up = nullptr;    ///< [heads, value_dim, kv_rank]
};

/// What comes before and after attention over latent keys on a device (MLA, in the absorbed form).
///
/// Role:    the decoder's, for all its layers; it keeps what stands between the ops.
/// Kernels: before attention four products, of which one is a batch of all heads, and latent_store;
///          with a query rank one product and a norm more. After it a batch of all heads.
/// Errors:  CUDA's, as status. Checked: test/conformance/device/device_families_test.cpp
class latent_layer {
public:
  /// `multiply` outlives it.
  latent_layer(const latent_shape& shape, std::int32_t hidden, std::int32_t heads,
               product& multiply);

  /// Room for steps of so many rows.
  [[nodiscard]] status reserve(std::int32_t rows);

  /// Of x [rows, hidden] bf16 the queries, q [rows, heads * (kv_rank + rope_dim)] bf16, and the
  /// keys, into their blocks. `to` says where and by which turns; the rest of it is filled in here.
  [[nodiscard]] status make_queries(const latent_weights& w, const bf16* x,
                                    ops::latent_store_args to, stream on);

  /// out [rows, heads * value_dim] bf16 of what attention made, [rows, heads * kv_rank] bf16.
  [[nodiscard]] status raise_values(const latent_weights& w, const bf16* attended,
                                    std::int32_t rows, bf16* out, stream on);

private:
  /// The queries before they are latent, to wide_.
  [[nodiscard]] status widen_queries(const latent_weights& w, const bf16* x, std::int32_t rows,
                                     stream on);
  [[nodiscard]] std::int32_t wide_cols() const;

  latent_shape shape_;
  std::int32_t hidden_;
  std::int32_t heads_;
  product& multiply_;

  device_buffer<float> low_;  ///< [rows, query_rank]
  device_buffer<bf16> ranks_; ///< low_, normed.
  device_buffer<bf16> wide_;  ///< [rows, heads * (plain_dim + rope_dim)]
  device_buffer<float> key_;  ///< [rows, kv_rank + rope_dim]
};

} // namespace troupe::cuda
