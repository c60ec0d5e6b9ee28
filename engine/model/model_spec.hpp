// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace troupe::engine {

enum class rope_scaling : std::uint8_t { none, linear, llama3 };

/// Rotary embedding: the base and how long contexts stretch it.
/// Source: Hugging Face's config.json, in both its dialects.
struct rope_spec {
  double theta = 10000;
  rope_scaling scaling = rope_scaling::none;
  double factor = 1;                            ///< linear, llama3.
  double low_freq_factor = 1;                   ///< llama3.
  double high_freq_factor = 4;                  ///< llama3; >= low_freq_factor.
  std::uint32_t original_context_tokens = 8192; ///< llama3.
};

/// What an execution must know of a decoder of the Llama family; read from config.json and within
/// the bounds that config.cpp checks, so that products of the counts fit their types.
struct model_spec {
  std::int32_t layers = 0;
  std::int32_t hidden = 0;
  std::int32_t heads = 0;
  std::int32_t kv_heads = 0;
  std::int32_t head_dim = 0;
  std::int32_t feed_forward = 0;
  std::int32_t vocab = 0;
  std::uint32_t context_tokens_max = 0;
  float norm_eps = 0;
  bool is_tied = false; ///< The output head is the embedding, unless the weights hold a head.
  rope_spec rope;

  [[nodiscard]] std::int32_t q_cols() const { return heads * head_dim; }
  [[nodiscard]] std::int32_t kv_cols() const { return kv_heads * head_dim; }
};

} // namespace troupe::engine
