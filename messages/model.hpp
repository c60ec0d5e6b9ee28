// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "messages/vocab/ids.hpp"
#include "messages/vocab/pooling.hpp"
#include "messages/vocab/tokens.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// What a gateway must know to speak for a model.
namespace troupe {

/// GATEWAY to WORKER (request): the card of the model you serve.
struct model_card_query {
  static constexpr wire_type type = 50;
  static constexpr std::string_view name = "model_card_query";
  static constexpr traffic traffic_class = traffic::free;

  model_digest have; ///< The asker has this one already: answered without attachment.

  static constexpr auto fields() { return std::tuple{field(1, "have", &model_card_query::have)}; }
};

/// WORKER to GATEWAY: everything the text side needs; files in the attachment.
struct model_card {
  static constexpr wire_type type = 51;
  static constexpr std::string_view name = "model_card";
  static constexpr traffic traffic_class = traffic::ordered;

  std::string model; ///< Served name.
  model_digest digest;
  content_id content;
  layout_id layout;
  std::uint32_t context_tokens_max = 0;
  std::uint32_t vocab_size = 0;
  std::vector<token_id> stop_tokens;
  float default_temperature = 1.0F;
  float default_top_p = 1.0F;
  std::uint32_t default_top_k = 0;
  std::uint32_t tokenizer_bytes =
      0; ///< The attachment is tokenizer.json, then tokenizer_config.json, then the template.
  std::uint32_t tokenizer_config_bytes = 0;
  std::uint32_t chat_template_bytes = 0;
  std::uint32_t embedding_size = 0;          ///< 0: the worker does not say, or makes none.
  pooling_kind pooling = pooling_kind::none; ///< Of its embeddings, where its files say.
  blob attachment;

  static constexpr auto fields() {
    return std::tuple{field(1, "model", &model_card::model),
                      field(2, "digest", &model_card::digest),
                      field(3, "content", &model_card::content),
                      field(4, "layout", &model_card::layout),
                      field(5, "context_tokens_max", &model_card::context_tokens_max),
                      field(6, "vocab_size", &model_card::vocab_size),
                      field(7, "stop_tokens", &model_card::stop_tokens, limits::stop_tokens_max),
                      field(8, "default_temperature", &model_card::default_temperature),
                      field(9, "default_top_p", &model_card::default_top_p),
                      field(10, "default_top_k", &model_card::default_top_k),
                      field(11, "tokenizer_bytes", &model_card::tokenizer_bytes),
                      field(12, "tokenizer_config_bytes", &model_card::tokenizer_config_bytes),
                      field(13, "chat_template_bytes", &model_card::chat_template_bytes),
                      field(14, "embedding_size", &model_card::embedding_size),
                      field(15, "pooling", &model_card::pooling)};
  }
};

} // namespace troupe
