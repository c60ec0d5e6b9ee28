// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/chat_request.hpp"

#include "actors/gateway/chat_messages.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace troupe {

namespace {

/// Read, knowingly ignored, or refused (the last ones, from `functions` on); beside what all
/// requests for text have.
constexpr std::array<std::string_view, 21> known{"messages",
                                                 "tools",
                                                 "tool_choice",
                                                 "max_completion_tokens",
                                                 "parallel_tool_calls",
                                                 "reasoning_effort",
                                                 "verbosity",
                                                 "modalities",
                                                 "add_generation_prompt",
                                                 "top_logprobs",
                                                 "prompt_logprobs",
                                                 "function_call",
                                                 "functions",
                                                 "audio",
                                                 "prediction",
                                                 "web_search_options",
                                                 "best_of",
                                                 "echo",
                                                 "continue_final_message",
                                                 "chat_template",
                                                 "chat_template_kwargs"};

constexpr auto refused = std::span(known).last(9);

void refuse_unsupported(const json::object_reader& body) {
  request_reading::refuse_truthy(body, refused);
  if (!body.boolean_or("add_generation_prompt", true)) {
    body.wrong().add(errc::unsupported, "add_generation_prompt",
                     "cannot be switched off; leave it out");
  }
  if (const auto* modalities = body.maybe_array("modalities")) {
    const bool text_only = std::ranges::all_of(
        *modalities, [](const json::value& item) { return item == json::value("text"); });
    if (!text_only) {
      body.wrong().add(errc::unsupported, "modalities", "only [\"text\"] is supported");
    }
  }
}

void read_newer_length(const json::object_reader& body, chat_request& out) {
  constexpr auto name = "max_completion_tokens";
  if (const auto max = body.maybe_integer(name, {1, max_tokens_max})) {
    out.max_tokens = static_cast<std::uint32_t>(*max);
    out.max_tokens_param = name;
  }
}

} // namespace

result<chat_request> parse_chat_request(std::string_view body, const request_options& options) {
  const auto document = request_reading::parse_body(body, "{\"model\": ..., \"messages\": [...]}");
  if (!document) {
    return document.err();
  }
  json::complaints wrong;
  const json::object_reader reader(*document, "", wrong);
  chat_request out;
  request_reading::read_model(reader, out.model);
  out.messages = read_messages(reader);
  out.tools = read_tools(reader);
  request_reading::read_generation(reader, options, 1, out);
  read_chat_logprobs(reader, out.how);
  read_newer_length(reader, out);
  out.parallel_tool_calls = reader.boolean_or("parallel_tool_calls", true);
  refuse_unsupported(reader);
  if (wrong.first()) {
    return *wrong.first();
  }
  out.ignored = request_reading::unknown_fields(*document, known);
  return out;
}

} // namespace troupe
