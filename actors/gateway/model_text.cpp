// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/model_text.hpp"

#include "messages/limits.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/base/bytes.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace troupe {

namespace {

struct card_files {
  std::string_view tokenizer;
  std::string_view tokenizer_config;
  std::string_view chat_template;
};

result<card_files> split(const model_card& card) {
  const auto all = as_text(card.attachment.view());
  const std::size_t first = card.tokenizer_bytes;
  const std::size_t second = first + card.tokenizer_config_bytes;
  if (second + card.chat_template_bytes != all.size()) {
    return error{.code = errors::model_invalid,
                 .text = "model card of " + card.model + ": its attachment has "
                         + std::to_string(all.size()) + " bytes instead of "
                         + std::to_string(second + card.chat_template_bytes)
                         + "; the worker's version may differ",
                 .field = "attachment"};
  }
  return card_files{all.substr(0, first), all.substr(first, card.tokenizer_config_bytes),
                    all.substr(second)};
}

result<std::string> no_template(const json::value&, const json::value&) {
  return error{.code = errc::unsupported,
               .text = "chat templates are not built into this gateway yet"};
}

} // namespace

result<std::shared_ptr<const model_text>> model_text::from_card(const model_card& card) {
  return from_card(card, no_template);
}

result<std::shared_ptr<const model_text>> model_text::from_card(const model_card& card,
                                                                renderer render) {
  const auto files = split(card);
  if (!files) {
    return files.err();
  }
  auto tokenizer = text::tokenizer::parse(files->tokenizer, files->tokenizer_config);
  if (!tokenizer) {
    return tokenizer.err();
  }
  std::shared_ptr<model_text> out(new model_text);
  out->name_ = card.model;
  out->digest_ = card.digest;
  out->content_ = card.content;
  out->context_tokens_max_ = std::min<std::uint32_t>(
      card.context_tokens_max, static_cast<std::uint32_t>(limits::prompt_tokens_max));
  out->vocab_size_ = card.vocab_size;
  out->stop_tokens_ = card.stop_tokens;
  out->default_sampling_ = {.temperature = card.default_temperature,
                            .top_p = card.default_top_p,
                            .top_k = card.default_top_k};
  out->tokenizer_ = std::move(*tokenizer);
  out->renderer_ = std::move(render);
  return std::shared_ptr<const model_text>(std::move(out));
}

} // namespace troupe
