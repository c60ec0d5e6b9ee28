// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/model_text.hpp"
#include "engine/text/detokenizer.hpp"
#include "messages/vocab/token_logprobs.hpp"
#include "messages/vocab/tokens.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace troupe::openai {

/// A completion's `logprobs`: lists of tokens, their log probabilities, the likeliest ones by text
/// (the chosen one always among them) and where each begins in the text, in characters. A token
/// that is no UTF-8 alone is called "bytes:\xNN...", so that no two share a name; what has no
/// probability is -9999.
/// Source: the OpenAI API, completions; vLLM where that says nothing.
/// Role: one per choice. Checked: test/unit/gateway/completion_format_test.cpp
class legacy_logprobs {
public:
  /// `begins`: the state of the text before the first token.
  legacy_logprobs(std::shared_ptr<const model_text> model, std::uint32_t top,
                  text::detokenizer begins)
      : model_(std::move(model)), top_max_(top), characters_(begins) {}

  void add(token_id token, const token_logprobs& told);
  /// The first token of a text: nothing says how likely it was.
  void add_first(token_id token);

  [[nodiscard]] bool empty() const { return tokens_.empty(); }
  /// Appends the object of what was added since the last call.
  void write(std::string& out);

private:
  void add_token(token_id token);

  std::shared_ptr<const model_text> model_;
  std::uint32_t top_max_;
  text::detokenizer characters_;
  std::uint64_t offset_ = 0;
  std::string tokens_; ///< Items of each list, with commas between.
  std::string logprobs_;
  std::string top_;
  std::string offsets_;
};

} // namespace troupe::openai
