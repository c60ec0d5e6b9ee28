// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/tokenizer.hpp"
#include "messages/model.hpp"
#include "messages/vocab/ids.hpp"
#include "messages/vocab/sampling.hpp"
#include "messages/vocab/tokens.hpp"
#include "runtime/base/result.hpp"
#include "runtime/json/value.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// Everything the text side needs of one model, made once from its card and shared.
/// Thread: any; immutable.
/// Checked: test/unit/gateway/prepare_test.cpp
class model_text {
public:
  /// Messages and tools to the prompt's text, ready for the assistant's turn.
  using renderer =
      std::function<result<std::string>(const json::value& messages, const json::value& tools)>;

  /// Cost: parsing the tokenizer, some 10 ms per MB. Errors: model_invalid, unsupported.
  [[nodiscard]] static result<std::shared_ptr<const model_text>> from_card(const model_card& card);

  /// The same with another renderer than the card's chat template.
  [[nodiscard]] static result<std::shared_ptr<const model_text>> from_card(const model_card& card,
                                                                           renderer render);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] model_digest digest() const { return digest_; }
  [[nodiscard]] content_id content() const { return content_; }

  /// Of prompt and answer together; never above limits::prompt_tokens_max.
  [[nodiscard]] std::uint32_t context_tokens_max() const { return context_tokens_max_; }
  [[nodiscard]] std::uint32_t vocab_size() const { return vocab_size_; }
  /// 0: not known.
  [[nodiscard]] std::uint32_t embedding_size() const { return embedding_size_; }
  /// What its files say of its embeddings; none: nothing.
  [[nodiscard]] pooling_kind pooling() const { return pooling_; }
  [[nodiscard]] const std::vector<token_id>& stop_tokens() const { return stop_tokens_; }
  [[nodiscard]] const sampling& default_sampling() const { return default_sampling_; }
  [[nodiscard]] const text::tokenizer& tokens() const { return *tokenizer_; }

  /// The prompt's text, ready for the assistant's turn. Errors: template_failed, unsupported (the
  /// model has no chat template).
  [[nodiscard]] result<std::string> render(const json::value& messages,
                                           const json::value& tools) const {
    return renderer_(messages, tools);
  }

private:
  model_text() = default;

  std::string name_;
  model_digest digest_;
  content_id content_;
  std::uint32_t context_tokens_max_ = 0;
  std::uint32_t vocab_size_ = 0;
  std::uint32_t embedding_size_ = 0;
  pooling_kind pooling_ = pooling_kind::none;
  std::vector<token_id> stop_tokens_;
  sampling default_sampling_;
  std::shared_ptr<const text::tokenizer> tokenizer_;
  renderer renderer_;
};

} // namespace troupe
