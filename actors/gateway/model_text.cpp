// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/model_text.hpp"

#include "engine/text/chat_template.hpp"
#include "messages/limits.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/base/bytes.hpp"

#include <algorithm>
#include <array>
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

/// The source the card brings, else the one in tokenizer_config.json; empty: none.
std::string_view template_source(const card_files& files, const text::tokenizer& tokenizer) {
  if (!files.chat_template.empty()) {
    return files.chat_template;
  }
  const auto* named = tokenizer.config().find_template();
  return named == nullptr ? std::string_view() : std::string_view(named->source);
}

json::value variables_of(const text::tokenizer_config& config) {
  auto out = json::object_of({{"add_generation_prompt", true}});
  const std::array<std::pair<const char*, const std::string*>, 4> names{
      {{"bos_token", &config.bos_token},
       {"eos_token", &config.eos_token},
       {"pad_token", &config.pad_token},
       {"unk_token", &config.unk_token}}};
  for (const auto& [name, token] : names) {
    if (!token->empty()) {
      out.set(name, *token);
    }
  }
  return out;
}

/// A model whose template is missing or broken is served all the same: each chat request is told.
model_text::renderer renderer_of(std::string_view source, const text::tokenizer& tokenizer) {
  if (source.empty()) {
    return [](const json::value&, const json::value&) -> result<std::string> {
      return error{.code = errc::unsupported,
                   .text = "this model has no chat template; serve it with one"};
    };
  }
  auto parsed = text::chat_template::parse(source);
  if (!parsed) {
    return [why = parsed.err()](const json::value&, const json::value&) -> result<std::string> {
      return why;
    };
  }
  return [parsed = std::move(*parsed), variables = variables_of(tokenizer.config())](
             const json::value& messages, const json::value& tools) -> result<std::string> {
    auto all = variables;
    all.set("messages", messages);
    all.set("tools", tools);
    return parsed.render(all, {.steps = 5'000'000, .output_bytes = std::size_t{8} << 20U});
  };
}

} // namespace

result<std::shared_ptr<const model_text>> model_text::from_card(const model_card& card) {
  return from_card(card, nullptr);
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
  if (!render) {
    render = renderer_of(template_source(*files, **tokenizer), **tokenizer);
  }
  std::shared_ptr<model_text> out(new model_text);
  out->name_ = card.model;
  out->digest_ = card.digest;
  out->content_ = card.content;
  out->embedding_size_ = card.embedding_size;
  out->pooling_ = card.pooling;
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
