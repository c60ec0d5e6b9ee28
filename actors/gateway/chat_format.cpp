// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/chat_format.hpp"

#include "actors/gateway/logprobs_format.hpp"
#include "runtime/json/write.hpp"

#include <utility>

namespace troupe::openai {

namespace {

constexpr std::string_view chunk_object = "chat.completion.chunk";

void open_chunk(std::string& out, const answer_head& head, std::uint32_t choice) {
  out += "data: ";
  append_head(out, head, chunk_object);
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

} // namespace

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

void chat_format::keep(std::uint32_t choice, const choice_delta& what) {
  choices_[choice].add(head_, what);
  if (what_->tells_prompt) {
    of_prompt_.add(*what_, choice, what.prompt_logprobs);
  }
}

void chat_format::write_whole(std::string& out, const token_usage& used) {
  append_answer(out, head_, choices_, used);
  if (what_->tells_prompt) {
    out.back() = ',';
    of_prompt_.write(out);
    out += '}';
  }
}

void chat_format::close(std::string& out, const token_usage& used) {
  if (head_.include_usage) {
    append_usage_chunk(out, head_, chunk_object, used);
  }
  append_done(out);
}

} // namespace troupe::openai
