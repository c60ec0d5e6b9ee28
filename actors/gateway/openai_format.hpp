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

/// OpenAI's bytes: what answers of every kind have, errors, lists of models. Everything appends to
/// a string, no tree is built. Text must be valid UTF-8. Checked:
/// test/unit/gateway/openai_format_test.cpp (expected bytes)
namespace troupe::openai {

/// What every chunk and the whole answer of one request repeat.
struct answer_head {
  std::string id; ///< "chatcmpl-<request id>", "cmpl-<request id>"
  std::string model;
  std::int64_t created_s = 0; ///< Unix time.
  bool include_usage = false;
  std::shared_ptr<const model_text> logprobs_of; ///< Names their tokens; null: none are asked for.
};

[[nodiscard]] std::string hex(const hash128& value); ///< 32 lower-case digits.
[[nodiscard]] std::string chat_id(request_id request);
[[nodiscard]] std::string completion_id(request_id request);

[[nodiscard]] std::string_view name_of(finish_reason why);

/// Parts of chunks and answers. An answer begins with its head, an object that stays open.
void append_number(std::string& out, std::uint64_t number);
void append_head(std::string& out, const answer_head& head, std::string_view object);
void append_usage(std::string& out, const token_usage& used);

/// `data: {...}` events that streams of every kind have.
void append_usage_chunk(std::string& out, const answer_head& head, std::string_view object,
                        const token_usage& used);
void append_done(std::string& out);
void append_error_event(std::string& out, const error& why);

/// {"error":{"message","type","param","code"}}; 401 is `invalid_api_key`.
void append_error(std::string& out, const error& why);
[[nodiscard]] std::string invalid_key_body();

/// GET /v1/models and GET /v1/models/{id}.
void append_models(std::string& out, const text_registry::snapshot& models, std::int64_t created_s);
void append_model(std::string& out, const model_text& model, std::int64_t created_s);

} // namespace troupe::openai
