// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/openai_format.hpp"

#include "actors/gateway/logprobs_format.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/json/write.hpp"

namespace troupe::openai {

namespace {

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

void open_chunk(std::string& out, const answer_head& head, std::uint32_t choice) {
  out += "data: ";
  append_head(out, head, "chat.completion.chunk");
  out += R"(,"choices":[{"index":)";
  append_number(out, choice);
  out += R"(,"delta":{)";
}

void append_logprobs(std::string& out, const answer_head& head, std::string_view items) {
  out += R"("logprobs":)";
  if (head.logprobs_of == nullptr) {
    out += "null";
  } else {
    out += R"({"content":[)";
    out += items;
    out += R"(],"refusal":null})";
  }
}

void close_chunk(std::string& out, const answer_head& head, std::string_view finish,
                 std::string_view logprobs = {}) {
  out += "},";
  if (logprobs.empty()) {
    out += R"("logprobs":null)";
  } else {
    append_logprobs(out, head, logprobs);
  }
  out += R"(,"finish_reason":)";
  if (finish.empty()) {
    out += "null";
  } else {
    json::append_string(out, finish);
  }
  out += head.include_usage ? "}],\"usage\":null}\n\n" : "}]}\n\n";
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

void append_tool_delta(std::string& out, const tool_call_delta& call) {
  out += R"({"index":)";
  append_number(out, call.index);
  if (!call.id.empty()) {
    out += R"(,"id":)";
    json::append_string(out, call.id);
    out += R"(,"type":"function")";
  }
  out += R"(,"function":{)";
  if (!call.name.empty()) {
    out += R"("name":)";
    json::append_string(out, call.name);
    out += ',';
  }
  out += R"("arguments":)";
  json::append_string(out, call.arguments);
  out += "}}";
}

void append_tool_call(std::string& out, const tool_call_delta& call) {
  out += R"({"id":)";
  json::append_string(out, call.id);
  out += R"(,"type":"function","function":{"name":)";
  json::append_string(out, call.name);
  out += R"(,"arguments":)";
  json::append_string(out, call.arguments);
  out += "}}";
}

void append_message(std::string& out, const whole_choice& choice) {
  out += R"({"role":"assistant","content":)";
  if (choice.text.empty() && !choice.tool_calls.empty()) {
    out += "null";
  } else {
    json::append_string(out, choice.text);
  }
  out += R"(,"refusal":null)";
  if (!choice.reasoning.empty()) {
    out += R"(,"reasoning_content":)";
    json::append_string(out, choice.reasoning);
  }
  if (!choice.tool_calls.empty()) {
    out += R"(,"tool_calls":[)";
    for (std::size_t i = 0; i < choice.tool_calls.size(); ++i) {
      out += i == 0 ? "" : ",";
      append_tool_call(out, choice.tool_calls[i]);
    }
    out += ']';
  }
  out += '}';
}

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

void append_role_chunk(std::string& out, const answer_head& head, std::uint32_t choice) {
  open_chunk(out, head, choice);
  out += R"("role":"assistant","content":"")";
  close_chunk(out, head, {});
}

void append_delta_chunk(std::string& out, const answer_head& head, std::uint32_t choice,
                        const choice_delta& delta) {
  std::string logprobs;
  if (head.logprobs_of != nullptr) {
    append_token_logprobs(logprobs, *head.logprobs_of, delta);
  }
  if (delta.text.empty() && delta.reasoning.empty() && delta.tool_calls.empty()
      && logprobs.empty()) {
    return;
  }
  open_chunk(out, head, choice);
  std::string_view comma;
  if (!delta.reasoning.empty()) {
    out += R"("reasoning_content":)";
    json::append_string(out, delta.reasoning);
    comma = ",";
  }
  if (!delta.text.empty()) {
    out += comma;
    out += R"("content":)";
    json::append_string(out, delta.text);
    comma = ",";
  }
  if (!delta.tool_calls.empty()) {
    out += comma;
    out += R"("tool_calls":[)";
    for (std::size_t i = 0; i < delta.tool_calls.size(); ++i) {
      out += i == 0 ? "" : ",";
      append_tool_delta(out, delta.tool_calls[i]);
    }
    out += ']';
  }
  close_chunk(out, head, {}, logprobs);
}

void append_finish_chunk(std::string& out, const answer_head& head, std::uint32_t choice,
                         finish_reason why) {
  open_chunk(out, head, choice);
  close_chunk(out, head, name_of(why));
}

void append_usage_chunk(std::string& out, const answer_head& head, const token_usage& used) {
  out += "data: ";
  append_head(out, head, "chat.completion.chunk");
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

void whole_choice::add(const answer_head& head, const choice_delta& delta) {
  if (head.logprobs_of != nullptr) {
    append_token_logprobs(logprobs, *head.logprobs_of, delta);
  }
  text += delta.text;
  reasoning += delta.reasoning;
  for (const auto& piece : delta.tool_calls) {
    if (piece.index < tool_calls.size()) {
      tool_calls[piece.index].arguments += piece.arguments;
    } else {
      tool_calls.push_back(piece);
    }
  }
}

void append_answer(std::string& out, const answer_head& head,
                   const std::vector<whole_choice>& choices, const token_usage& used) {
  append_head(out, head, "chat.completion");
  out += R"(,"choices":[)";
  for (std::size_t i = 0; i < choices.size(); ++i) {
    out += i == 0 ? R"({"index":)" : R"(,{"index":)";
    append_number(out, i);
    out += R"(,"message":)";
    append_message(out, choices[i]);
    out += ',';
    append_logprobs(out, head, choices[i].logprobs);
    out += R"(,"finish_reason":)";
    json::append_string(out, name_of(choices[i].why));
    out += '}';
  }
  out += "],";
  append_usage(out, used);
  out += '}';
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
