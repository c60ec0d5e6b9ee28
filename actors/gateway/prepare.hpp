// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/chat_request.hpp"
#include "actors/gateway/completion_request.hpp"
#include "actors/gateway/embedding_request.hpp"
#include "actors/gateway/model_text.hpp"
#include "messages/vocab/sampling.hpp"
#include "messages/vocab/token_rules.hpp"
#include "messages/vocab/tokens.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// A request in tokens: all that the gateway's core needs. Immutable once submitted. Its answers
/// are numbered by prompt, then by choice.
struct prepared {
  std::shared_ptr<const model_text> text;
  std::vector<token_list> prompts; ///< At least one, none empty; each with max_tokens at most the
                                   ///< model's context.
  sampling how;
  token_rules rules;
  bool seed_given = false; ///< Else the core draws one, the same for every attempt.
  std::uint32_t max_tokens = 0;
  std::vector<token_id> stop_tokens; ///< Empty: the answer goes on to max_tokens.
  std::vector<std::string> stops;
  std::uint32_t choices = 1;       ///< Of each prompt.
  bool continues_prompt = false;   ///< The answer's text goes on where the prompt's ended.
  std::vector<std::string> echoes; ///< Texts of the prompts, with which answers begin; or none.
  bool tells_prompt = false;       ///< The answer has `prompt_logprobs`,
  std::uint32_t prompt_ranked = 0; ///< with so many of the likeliest.
  bool only_echo = false;          ///< No token of the answer is shown or counted; max_tokens is 1.
  bool parse_tool_calls = false;
  bool parallel_tool_calls = true;
  bool stream = false;
  bool include_usage = false;
  pooling_kind pooling = pooling_kind::none; ///< Not none: embeddings, no answers; max_tokens is 1.
  std::uint32_t dimensions = 0;              ///< Of an embedding; 0: all.
  bool is_base64 = false;                    ///< How embeddings are written.
  std::string affinity;
  forced_placement forced;

  [[nodiscard]] std::uint32_t answers() const {
    return choices * static_cast<std::uint32_t>(prompts.size());
  }
  [[nodiscard]] std::uint32_t prompt_no(std::uint32_t answer) const { return answer / choices; }
  [[nodiscard]] std::uint32_t choice_no(std::uint32_t answer) const { return answer % choices; }
  [[nodiscard]] const token_list& prompt_of(std::uint32_t answer) const {
    return prompts[prompt_no(answer)];
  }
  [[nodiscard]] std::uint64_t prompt_tokens() const;

  /// How many log probabilities of its prompt an answer comes with. Of a chat's choices only the
  /// first tells them, of a completion's each.
  [[nodiscard]] std::uint32_t scores_of(std::uint32_t answer) const {
    const bool tells = how.prompt_logprobs && (continues_prompt || choice_no(answer) == 0);
    return tells ? static_cast<std::uint32_t>(prompt_of(answer).size()) - 1 : 0;
  }
};

/// Log probabilities in a whole answer, chosen and ranked ones of all its choices at max_tokens;
/// more have to be streamed. Also those of prompts in any answer.
inline constexpr std::uint64_t whole_logprobs_max = 262'144;

/// Renders the chat template, tokenizes and settles lengths and defaults. Pure: the same request
/// and model give the same result everywhere. Without max_tokens the answer may fill the context.
/// Thread: any. Cost: template and tokenizer, some MB/s. Errors: context_length_exceeded,
/// template_failed, invalid_value, too_large; `field` is OpenAI's `param`.
/// Checked: test/unit/gateway/prepare_test.cpp
[[nodiscard]] result<prepared> prepare(const chat_request& request,
                                       std::shared_ptr<const model_text> text);

/// The same for texts that are continued as they are.
[[nodiscard]] result<prepared> prepare(const completion_request& request,
                                       std::shared_ptr<const model_text> text);

/// The same for what is to be embedded; an input may fill the context.
[[nodiscard]] result<prepared> prepare(const embedding_request& request,
                                       std::shared_ptr<const model_text> text);

/// Of a model that makes `size` only.
[[nodiscard]] error too_many_dimensions(std::uint32_t asked, std::size_t size);

} // namespace troupe
