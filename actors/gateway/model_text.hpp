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
#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// Everything the text side needs of one model, made once from its card and shared.
/// Thread: any; immutable.
/// Checked: test/unit/gateway/prepare_test.cpp
class model_text {
public:
  /// Cost: parsing the tokenizer, some 10 ms per MB. Errors: model_invalid, unsupported.
  [[nodiscard]] static result<std::shared_ptr<const model_text>> from_card(const model_card& card);

  ~model_text();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] model_digest digest() const { return digest_; }
  [[nodiscard]] content_id content() const { return content_; }

  /// Of prompt and answer together; never above limits::prompt_tokens_max.
  [[nodiscard]] std::uint32_t context_tokens_max() const { return context_tokens_max_; }
  [[nodiscard]] std::uint32_t vocab_size() const { return vocab_size_; }
  [[nodiscard]] const std::vector<token_id>& stop_tokens() const { return stop_tokens_; }
  [[nodiscard]] const sampling& default_sampling() const { return default_sampling_; }
  [[nodiscard]] const text::tokenizer& tokens() const { return *tokenizer_; }

  /// The prompt's text, ready for the assistant's turn. Errors: template_failed, unsupported (the
  /// model has no chat template).
  [[nodiscard]] result<std::string> render(const json::value& messages,
                                           const json::value& tools) const;

private:
  struct renderer;

  model_text();

  std::string name_;
  model_digest digest_;
  content_id content_;
  std::uint32_t context_tokens_max_ = 0;
  std::uint32_t vocab_size_ = 0;
  std::vector<token_id> stop_tokens_;
  sampling default_sampling_;
  std::shared_ptr<const text::tokenizer> tokenizer_;
  std::unique_ptr<const renderer> renderer_;
};

} // namespace troupe
