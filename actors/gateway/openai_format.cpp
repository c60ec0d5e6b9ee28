// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/openai_format.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/json/write.hpp"

namespace troupe::openai {

namespace {

void append_error_fields(std::string& out, std::string_view message, std::string_view type,
                         std::string_view param, std::string_view code) {
  out += R"({"error":{"message":)";
  json::append_string(out, message);
  out += R"(,"type":)";
  json::append_string(out, type);
  out += R"(,"param":)";
  if (param.empty()) {
    out += "null";
  } else {
    json::append_string(out, param);
  }
  out += R"(,"code":)";
  json::append_string(out, code);
  out += "}}";
}

} // namespace

std::string hex(const hash128& value) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const auto word : {value.high, value.low}) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      out += digits[(word >> static_cast<unsigned>(shift)) & 15U];
    }
  }
  return out;
}

std::string chat_id(request_id request) {
  return "chatcmpl-" + hex(request.value);
}

std::string completion_id(request_id request) {
  return "cmpl-" + hex(request.value);
}

std::string_view name_of(finish_reason why) {
  switch (why) {
    case finish_reason::stop:
      return "stop";
    case finish_reason::length:
      return "length";
    case finish_reason::tool_calls:
      return "tool_calls";
  }
  return "stop";
}

void append_number(std::string& out, std::uint64_t number) {
  json::append_integer(out, static_cast<std::int64_t>(number));
}

void append_head(std::string& out, const answer_head& head, std::string_view object) {
  out += R"({"id":)";
  json::append_string(out, head.id);
  out += R"(,"object":")";
  out += object;
  out += R"(","created":)";
  json::append_integer(out, head.created_s);
  out += R"(,"model":)";
  json::append_string(out, head.model);
}

void append_usage(std::string& out, const token_usage& used) {
  out += R"("usage":{"prompt_tokens":)";
  append_number(out, used.prompt_tokens);
  out += R"(,"completion_tokens":)";
  append_number(out, used.completion_tokens);
  out += R"(,"total_tokens":)";
  append_number(out, used.prompt_tokens + used.completion_tokens);
  out += R"(,"prompt_tokens_details":{"cached_tokens":)";
  append_number(out, used.cached_tokens);
  out += R"(},"completion_tokens_details":{"reasoning_tokens":0}})";
}

void append_usage_chunk(std::string& out, const answer_head& head, std::string_view object,
                        const token_usage& used) {
  out += "data: ";
  append_head(out, head, object);
  out += R"(,"choices":[],)";
  append_usage(out, used);
  out += "}\n\n";
}

void append_done(std::string& out) {
  out += "data: [DONE]\n\n";
}

void append_error_event(std::string& out, const error& why) {
  out += "data: ";
  append_error(out, why);
  out += "\n\n";
}

void append_error(std::string& out, const error& why) {
  const auto& row = row_of(why.code);
  append_error_fields(out, why.text, row.openai_type, why.field, row.name);
}

std::string invalid_key_body() {
  std::string out;
  append_error_fields(out, "missing or wrong API key; send it as `Authorization: Bearer <key>`",
                      "invalid_request_error", {}, "invalid_api_key");
  return out;
}

void append_model(std::string& out, const model_text& model, std::int64_t created_s) {
  out += R"({"id":)";
  json::append_string(out, model.name());
  out += R"(,"object":"model","created":)";
  json::append_integer(out, created_s);
  out += R"(,"owned_by":"troupe","max_model_len":)";
  append_number(out, model.context_tokens_max());
  out += R"(,"context_length":)";
  append_number(out, model.context_tokens_max());
  out += '}';
}

void append_models(std::string& out, const text_registry::snapshot& models,
                   std::int64_t created_s) {
  out += R"({"object":"list","data":[)";
  bool is_first = true;
  for (const auto& [name, model] : models) {
    out += is_first ? "" : ",";
    is_first = false;
    append_model(out, *model, created_s);
  }
  out += "]}";
}

} // namespace troupe::openai
