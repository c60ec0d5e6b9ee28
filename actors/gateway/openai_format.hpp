// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/client_sink.hpp"
#include "actors/gateway/text_registry.hpp"
#include "messages/vocab/ids.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// OpenAI's bytes: server-sent events, whole answers, errors. Everything appends to a string, no
/// tree is built. Text must be valid UTF-8. Checked: test/unit/gateway/openai_format_test.cpp
/// (expected bytes)
namespace troupe::openai {

/// What every chunk and the whole answer of one request repeat.
struct answer_head {
  std::string id; ///< "chatcmpl-<request id>"
  std::string model;
  std::int64_t created_s = 0; ///< Unix time.
  bool include_usage = false;
  std::shared_ptr<const model_text> logprobs_of; ///< Names their tokens; null: none are asked for.
};

[[nodiscard]] std::string hex(const hash128& value); ///< 32 lower-case digits.
[[nodiscard]] std::string chat_id(request_id request);

[[nodiscard]] std::string_view name_of(finish_reason why);

/// `data: {...}` events of a stream. The first one of a choice gives the role.
void append_role_chunk(std::string& out, const answer_head& head, std::uint32_t choice);
/// Nothing where the delta has neither text nor tool calls nor log probabilities.
void append_delta_chunk(std::string& out, const answer_head& head, std::uint32_t choice,
                        const choice_delta& delta);
void append_finish_chunk(std::string& out, const answer_head& head, std::uint32_t choice,
                         finish_reason why);
void append_usage_chunk(std::string& out, const answer_head& head, const token_usage& used);
void append_done(std::string& out);
void append_error_event(std::string& out, const error& why);

/// One choice of a whole answer, gathered from its deltas.
struct whole_choice {
  std::string text;
  std::string reasoning;
  std::vector<tool_call_delta> tool_calls; ///< By index, complete.
  std::string logprobs;                    ///< Items of the JSON list, with commas between.
  finish_reason why = finish_reason::stop;

  void add(const answer_head& head, const choice_delta& delta);
};

void append_answer(std::string& out, const answer_head& head,
                   const std::vector<whole_choice>& choices, const token_usage& used);

/// {"error":{"message","type","param","code"}}; 401 is `invalid_api_key`.
void append_error(std::string& out, const error& why);
[[nodiscard]] std::string invalid_key_body();

/// GET /v1/models and GET /v1/models/{id}.
void append_models(std::string& out, const text_registry::snapshot& models, std::int64_t created_s);
void append_model(std::string& out, const model_text& model, std::int64_t created_s);

} // namespace troupe::openai
