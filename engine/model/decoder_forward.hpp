// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/cpu_ops.hpp"
#include "engine/core/cpu/parallel.hpp"
#include "engine/core/executor.hpp"
#include "engine/model/decoder_weights.hpp"
#include "engine/model/kv_pages.hpp"
#include "engine/model/rope_table.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace troupe::engine {

/// What products of queries and keys are multiplied by,
[[nodiscard]] float score_scale_of(const model_spec& spec);
/// and rows of the embedding: as a model computed in bf16 holds it where the embedding is bf16.
[[nodiscard]] float embed_scale_of(const decoder_weights& weights);

/// One step of a decoder over a paged pool: rows of any length of any sequences, together.
///
/// Thread:  engine thread; `workers` help. Weights, ops and workers outlive it.
/// Ensures: keys, values, logits and pooled states of a row depend on its tokens, its positions and
///          the blocks before them only: the same bits in any batch, any chunking, on any number of
///          threads (I-14). Rows in one step may not share a block that is written.
/// Cost:    2 flops per weight and token; the last layer only for tokens that are sampled after,
///          scored or pooled, the head only for those that are not pooled. Scratch grows with the
///          largest step: about 4 * (2 hidden + 2 q + ...) bytes a token. Allocates only when a
///          step is larger than all before.
/// Checked: test/conformance/model/invariance_test.cpp, families_test.cpp, embeddings_test.cpp
class decoder_forward {
public:
  decoder_forward(const decoder_weights& weights, kv_pages pages, const cpu::cpu_ops& ops,
                  cpu::parallel& workers);

  /// Told of the logits after row.tokens[at], which the row scores; `no` counts those of a step.
  /// Called by several workers at once, in any order.
  using score_sink = std::function<void(std::size_t no, const step_row& row, std::uint32_t at,
                                        std::span<const float> logits)>;

  /// Requires: token ids < vocab, positions < context_tokens_max, blocks cover the positions;
  /// `scores` where a row scores tokens. Their logits exist for a few tokens at a time.
  void run(std::span<const step_row> rows, float* pool, const score_sink& scores = {});

  /// Of the i-th row with wants_token of the last run; [vocab].
  [[nodiscard]] std::span<const float> logits(std::size_t i) const;

private:
  /// A row of the plan inside the flat list of tokens.
  struct segment {
    const step_row* row;
    std::int32_t first;
    std::int32_t count;
    std::size_t table; ///< Where its blocks begin in each page's table.
  };
  /// A flat row whose logits are asked for.
  struct wanted_row {
    std::int32_t segment;
    std::int32_t at;    ///< In its row's tokens.
    std::int32_t score; ///< Its number among the scored; -1: it is sampled.
  };
  struct integer_rows {
    std::vector<std::int8_t> values;
    std::vector<float> scales;
    std::vector<std::int32_t> sums;
  };
  struct pair_rows {
    std::vector<std::uint16_t> pairs;
    std::vector<float> wide;
  };
  /// Memory of one worker for the rows of one tile.
  struct scratch {
    std::vector<float> narrow; ///< [tile, hidden]
    std::vector<float> wide;   ///< [tile, the widest of what an MLP or a router makes]
    integer_rows integers;     ///< What a matrix of blocks is multiplied with,
    pair_rows pairs;           ///< and what one of bf16 is.

    std::vector<float> low;          ///< [tile, the wider of both ranks]; only with latent keys.
    std::vector<float> temperatures; ///< [tile]

    std::vector<float> gathered;       ///< [tile, hidden], rows of one expert; only with experts.
    std::vector<float> mixed;          ///< [tile, hidden], what experts made of all rows.
    std::vector<std::int32_t> ids;     ///< [tile, chosen]
    std::vector<float> shares;         ///< [tile, chosen]
    std::vector<std::int32_t> members; ///< Rows of one expert,
    std::vector<float> member_shares;  ///< and what it counts in each.
  };
  /// Consecutive flat rows that one worker takes; alone, it may share its matmuls out.
  struct tile {
    std::int32_t first;
    std::int32_t rows;
    bool is_alone;
    scratch* memory;
  };

  void flatten(std::span<const step_row> rows);
  void add_table(const step_row& row);
  [[nodiscard]] const slot_id* table_of(const segment& s, const kv_pages::place& where) const;
  void reserve();
  template <class Body>
  void for_tiles(std::int32_t rows, const Body& body);
  void embed(const tile& t);
  void begin_layer(const tile& t, std::int32_t layer, float* pool);
  void begin_latent(const tile& t, const decoder_layer& w, const layer_spec& kind);
  void make_queries(const tile& t, const latent_weights& w);
  void make_keys(const tile& t, const latent_weights& w);
  void raise_values(const tile& t, const latent_weights& w);
  void norm_heads(const tile& t, const decoder_layer& w);
  void turn(const tile& t, const layer_spec& kind, float* x, std::int32_t heads);
  void scale_queries(const tile& t);
  void store_keys(const tile& t, std::int32_t layer, float* pool);
  void attend(std::int32_t layer, const float* pool, bool only_wanted);
  void finish_layer(const tile& t, std::int32_t layer);
  void add_attention(const tile& t, const decoder_layer& w);
  void feed_forward(const tile& t, const decoder_layer& w);
  void run_mlp(const tile& t, const mlp_weights& w, std::vector<float>& x);
  void activate(std::int32_t rows, std::int32_t cols, float* wide);
  void mix_experts(const tile& t, const expert_weights& w);
  void visit(const tile& t, const mlp_weights& expert, bool weighs_input);
  void route(const tile& t, const expert_weights& w);
  void share_of_all(const tile& t, const expert_weights& w);
  void pool_hidden(const segment& s);
  void keep_wanted();
  void finish_wanted(const score_sink& scores);
  void make_logits(std::int32_t first, std::int32_t count, float* out);
  /// Nothing where there is no bias.
  void add_bias(std::int32_t rows, const std::vector<float>& bias, float* out, std::size_t stride);
  void norm(const tile& t, const norm_weights& w);
  void add_narrow(const tile& t, const norm_weights& w);
  void run_norm(const norm_weights& w, std::int32_t rows, const float* x, float* out);
  void multiply(const tile& t, const owned_matrix& w, const float* x, std::size_t x_stride,
                float* out, std::size_t out_stride);
  ops::quantized_rows quantize(const tile& t, std::int32_t inputs, const float* x,
                               std::size_t x_stride);
  /// `by_groups` as cpu::fp8_matmul reads them.
  ops::rounded_rows round(const tile& t, std::int32_t inputs, const float* x, std::size_t x_stride,
                          bool by_groups);

  const decoder_weights& weights_;
  kv_pages pages_;
  const cpu::cpu_ops& ops_;
  cpu::parallel& workers_;
  rope_table rope_;
  rope_table local_rope_;
  float scale_;
  float embed_scale_;

  std::size_t hidden_stride_;
  std::size_t q_stride_; ///< Of qkv_.
  std::size_t attention_stride_;
  std::size_t wide_stride_;
  std::size_t low_stride_;
  std::size_t logits_stride_;

  std::vector<token_id> ids_;
  std::vector<std::uint32_t> positions_;
  std::vector<segment> segments_;
  std::vector<std::vector<slot_id>> tables_; ///< By page: slots of the blocks of all rows.
  std::vector<wanted_row> wanted_;           ///< Whose logits are asked for, in order.
  std::size_t sampled_ = 0;                  ///< Of them, the last ones of their rows.

  std::vector<float> x_;            ///< [tokens, hidden], the residual stream.
  std::vector<float> qkv_;          ///< [tokens, q + 2 kv]
  std::vector<float> attention_;    ///< [tokens, q]
  std::vector<float> logits_;       ///< [sampled, vocab]
  std::vector<float> score_logits_; ///< [a few, vocab]
  std::vector<scratch> scratch_;    ///< One per worker.
};

} // namespace troupe::engine
