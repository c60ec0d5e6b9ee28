// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/parallel.hpp"
#include "engine/model/checkpoint.hpp"
#include "engine/model/model_spec.hpp"
#include "engine/model/weight_buffer.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace troupe::engine {

/// Empty where there is no norm; the bias also where the norm has none.
struct norm_weights {
  std::vector<float> weight;
  std::vector<float> bias;

  [[nodiscard]] bool empty() const { return weight.empty(); }

  friend bool operator==(const norm_weights&, const norm_weights&) = default;
};

/// Biases are empty where there are none.
struct mlp_weights {
  owned_matrix gate_up; ///< Rows of gate, then of up; of up alone where there is no gate.
  owned_matrix down;
  std::vector<float> gate_up_bias;
  std::vector<float> down_bias;
};

/// Of a layer with experts; empty in others.
struct expert_weights {
  owned_matrix router; ///< [count, hidden]
  std::vector<float> router_bias;
  std::vector<float> choice_bias; ///< [count]
  std::vector<mlp_weights> each;
  mlp_weights shared;       ///< Empty where there is none,
  owned_matrix shared_gate; ///< as is this, [1, hidden].
};

/// Of attention over latent keys; empty in others.
struct latent_weights {
  owned_matrix query_down; ///< [query_rank, hidden]; empty where there is no query rank.
  std::vector<float> query_norm;
  owned_matrix query_up; ///< [heads * (plain_dim + rope_dim), query_rank or hidden]
  owned_matrix key_down; ///< [kv_rank + rope_dim, hidden]
  std::vector<float> key_norm;
  std::vector<owned_matrix> into_latent; ///< Each head's, [kv_rank, plain_dim].
  std::vector<owned_matrix> value_up;    ///< Each head's, [value_dim, kv_rank].
};

struct decoder_layer {
  norm_weights input_norm;
  owned_matrix qkv;            ///< Rows of q, k, v one after the other.
  owned_matrix values;         ///< Those of v where they are of another type; else empty.
  std::vector<float> qkv_bias; ///< Of those rows; empty where there is none, as are the norms.
  latent_weights latent;       ///< In place of qkv.
  std::vector<float> q_norm;   ///< [head_dim]
  std::vector<float> k_norm;   ///< [head_dim]
  std::vector<float> sinks;    ///< [heads]
  owned_matrix attention_out;
  std::vector<float> attention_out_bias;
  norm_weights attention_out_norm; ///< Empty where there is none, as is down_norm.
  norm_weights post_norm;
  mlp_weights mlp;
  expert_weights experts;
  norm_weights down_norm;
};

/// Row-major, blocks as in a checkpoint.
struct row_table {
  ops::dtype type = ops::dtype::f32;
  weight_buffer memory;
};

/// The weights of a decoder as the ops want them: copied and packed out of the checkpoint, so the
/// files may change or go away afterwards; or in place in a packed copy, which they keep mapped.
struct decoder_weights {
  model_spec spec;
  ops::dtype embedding_type = ops::dtype::f32;
  weight_buffer embedding; ///< [vocab, hidden], as in row_table.
  std::vector<decoder_layer> layers;
  norm_weights final_norm;
  owned_matrix head;
  bool is_head_embedding = false; ///< The head was packed out of the embedding's numbers.
};

/// `keep` leaves matrices in the type of the checkpoint; f32 widens them, exactly. q8_0 and q4_0
/// round those whose rows are whole blocks, except routers (q4_0: the output head becomes q8_0).
/// Blocks, kept or made, are multiplied with activations rounded to 8 bits, and bf16 with
/// activations rounded to bf16; f16 gives the same bits, widened or not.
enum class weight_type : std::uint8_t { keep, f32, q8_0, q4_0 };

class packed_copy;
class packed_notes;

/// What a load has to do with packed copies. Any may be absent.
struct packed_exchange {
  const packed_copy* from = nullptr;           ///< Everything is taken from there.
  packed_notes* notes = nullptr;               ///< Everything that is packed is noted there.
  std::function<void(std::uint64_t)> on_bytes; ///< Of the checkpoint read since the last call.
};

/// Copies and packs on all threads of `workers`.
/// Errors: model_invalid, naming file and tensor: a tensor that is missing, of another shape or
/// dtype than the config asks for, with values that are not finite; biases that the family has not.
/// From a packed copy also not_found and malformed: it is not one of this model.
/// Checked: test/unit/model/native_executor_test.cpp
[[nodiscard]] result<decoder_weights> load_decoder(const checkpoint& files, const model_spec& spec,
                                                   weight_type type, cpu::parallel& workers,
                                                   const packed_exchange& packed = {});

} // namespace troupe::engine
