// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/part_shape.hpp"

#include "cuda/ops/element.hpp"
#include "engine/core/ops/packed_matrix.hpp"

namespace troupe::cuda {
namespace {

using engine::ops::dtype;

std::size_t size_of(std::int64_t count) {
  return static_cast<std::size_t>(count);
}

part_shape matrices(std::int64_t count, std::int64_t outputs, std::int64_t inputs) {
  return {size_of(count), size_of(outputs), size_of(inputs)};
}

part_shape matrix(std::int64_t outputs, std::int64_t inputs) {
  return matrices(outputs > 0 && inputs > 0 ? 1 : 0, outputs, inputs);
}

part_shape numbers(std::int64_t count) {
  return {1, size_of(count), 1, true};
}

part_shape shape_of_latent(part what, const model_facts& f) {
  const auto& l = f.latent;
  switch (what) {
    case part::query_down:
      return matrix(l.query_rank, f.hidden);
    case part::query_norm:
      return numbers(l.query_rank);
    case part::query_up:
      return matrix(f.heads * (l.plain_dim + l.rope_dim),
                    l.query_rank > 0 ? l.query_rank : f.hidden);
    case part::key_down:
      return matrix(l.kv_rank + l.rope_dim, f.hidden);
    case part::key_norm:
      return numbers(l.kv_rank);
    case part::into_latent:
      return matrices(f.heads, l.kv_rank, l.plain_dim);
    case part::value_up:
      return matrices(f.heads, l.value_dim, l.kv_rank);
    default:
      return {};
  }
}

part_shape shape_of_experts(part what, const model_facts& f) {
  const auto& e = f.experts;
  const auto biases = std::int64_t{e.has_bias};
  switch (what) {
    case part::router:
      return matrix(e.count, f.hidden);
    case part::choice_bias:
      return numbers(e.count);
    case part::expert_gate_up:
      return matrices(e.held, 2 * e.feed_forward, f.hidden);
    case part::expert_down:
      return matrices(e.held, f.hidden, e.feed_forward);
    case part::shared_gate_up:
      return matrix(2 * e.shared_feed_forward, f.hidden);
    case part::shared_down:
      return matrix(f.hidden, e.shared_feed_forward);
    case part::shared_gate:
      return matrix(1, f.hidden);
    case part::router_bias:
      return numbers(biases * e.count);
    case part::expert_gate_up_bias:
      return numbers(biases * e.held * 2 * e.feed_forward);
    case part::expert_down_bias:
      return numbers(biases * e.held * f.hidden);
    default:
      return {};
  }
}

} // namespace

part_shape shape_of(part what, const model_facts& f, const layer_facts& layer) {
  const auto queries = f.heads * f.head_dim;
  const auto keys = f.kv_heads * f.head_dim;
  const bool is_latent = f.latent.kv_rank > 0;
  switch (what) {
    case part::embedding:
      return matrix(f.vocab, f.hidden);
    case part::head:
      return matrix(f.head_rows, f.hidden);
    case part::cos:
    case part::sin:
    case part::local_cos:
    case part::local_sin:
      return numbers(std::int64_t{f.context_tokens_max} * (f.rotary_dim / 2));
    case part::qkv:
      return is_latent ? part_shape{}
                       : matrix(queries + (layer.has_values != 0 ? keys : 2 * keys), f.hidden);
    case part::values:
      return layer.has_values != 0 ? matrix(keys, f.hidden) : part_shape{};
    case part::qkv_bias:
      return is_latent ? part_shape{} : numbers(queries + 2 * keys);
    case part::q_norm:
    case part::k_norm:
      return numbers(f.head_dim);
    case part::sinks:
      return numbers(f.heads);
    case part::attention_out:
      return matrix(f.hidden, is_latent ? f.heads * f.latent.value_dim : queries);
    case part::gate_up:
      return matrix(f.mlp == mlp_kind::gelu ? f.feed_forward : 2 * f.feed_forward, f.hidden);
    case part::down:
      return matrix(f.hidden, f.feed_forward);
    case part::final_norm:
    case part::input_norm:
    case part::attention_out_norm:
    case part::post_norm:
    case part::down_norm:
    case part::input_norm_bias:
    case part::attention_out_bias:
    case part::post_norm_bias:
    case part::final_norm_bias:
      return numbers(f.hidden);
    case part::query_down:
    case part::query_norm:
    case part::query_up:
    case part::key_down:
    case part::key_norm:
    case part::into_latent:
    case part::value_up:
      return is_latent ? shape_of_latent(what, f) : part_shape{};
    default:
      return shape_of_experts(what, f);
  }
}

std::optional<std::size_t> bytes_of(part what, const part_shape& shape, dtype type) {
  if (shape.has_numbers) {
    return shape.outputs * sizeof(float);
  }
  if (type == dtype::bf16) {
    return shape.count * shape.outputs * shape.inputs * sizeof(std::uint16_t);
  }
  const bool has_codes = type <= dtype::fp8 && ops::is_coded(type);
  const auto whole = static_cast<std::size_t>(engine::ops::inputs_of_block(type));
  if (!has_codes || shape.inputs % whole != 0) {
    return std::nullopt;
  }
  if (what == part::embedding && (type == dtype::q8_0 || type == dtype::q4_0)) {
    return shape.outputs * engine::ops::row_bytes(type, shape.inputs);
  }
  if (!takes_codes(what)) {
    return std::nullopt;
  }
  return shape.count
         * engine::ops::packed_bytes(type, static_cast<std::int32_t>(shape.outputs),
                                     static_cast<std::int32_t>(shape.inputs));
}

} // namespace troupe::cuda
