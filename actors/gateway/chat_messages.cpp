// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/chat_messages.hpp"

#include "actors/gateway/chat_request.hpp"
#include "runtime/json/read.hpp"
#include "runtime/json/write.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace troupe {

namespace {

constexpr std::array<std::string_view, 5> roles{"system", "developer", "user", "assistant", "tool"};

std::string count_text(std::size_t have, std::size_t max, std::string_view what) {
  return "has " + std::to_string(have) + " " + std::string(what) + "; send at most "
         + std::to_string(max);
}

std::string joined_parts(const json::value::array& parts, const json::object_reader& message) {
  const auto path = message.path_of("content");
  if (parts.size() > request_limits::parts_max) {
    message.complain("content", count_text(parts.size(), request_limits::parts_max, "parts"));
    return {};
  }
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const json::object_reader part(parts[i], json::path_at(path, i), message.wrong());
    const auto type = part.string("type");
    const auto* field = type == "refusal" ? "refusal" : "text";
    if (type != "text" && type != "refusal" && message.wrong().empty()) {
      message.wrong().add(errc::unsupported, part.path_of("type"),
                          "\"" + type + "\" parts are not supported; send text parts only");
      return {};
    }
    text += i == 0 ? "" : "\n";
    text += part.string(field);
  }
  return text;
}

std::string read_content(const json::object_reader& message, bool may_be_absent) {
  const auto* content = message.find("content");
  if (content == nullptr) {
    if (!may_be_absent) {
      message.complain("content", "is missing or null; give it a string or a list of text parts");
    }
    return {};
  }
  if (const auto* text = content->as_string()) {
    return *text;
  }
  if (const auto* parts = content->as_array()) {
    return joined_parts(*parts, message);
  }
  message.complain("content", "expected a string or a list of parts, got "
                                  + std::string(json::name_of(content->type()))
                                  + "; correct its type");
  return {};
}

json::value read_arguments(const json::object_reader& function) {
  auto text = function.string("arguments");
  auto parsed = json::parse(text);
  if (parsed && parsed->as_object() != nullptr) {
    return std::move(*parsed);
  }
  return text;
}

json::value read_tool_calls(const json::object_reader& message, const json::value::array& calls) {
  if (calls.size() > request_limits::tool_calls_max) {
    message.complain("tool_calls",
                     count_text(calls.size(), request_limits::tool_calls_max, "calls"));
    return {};
  }
  json::value::array out;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const json::object_reader call(calls[i], json::path_at(message.path_of("tool_calls"), i),
                                   message.wrong());
    const auto type = call.string_or("type", "function");
    if (type != "function") {
      call.complain("type", "\"" + type + "\" is not supported; use \"function\"");
    }
    const auto function = call.object("function");
    out.push_back(json::object_of(
        {{"id", call.string_or("id", "")},
         {"type", "function"},
         {"function", json::object_of({{"name", function.string("name")},
                                       {"arguments", read_arguments(function)}})}}));
  }
  return out;
}

json::value read_message(const json::object_reader& message) {
  auto role = message.string("role");
  if (message.wrong().empty() && std::ranges::find(roles, role) == roles.end()) {
    message.complain("role",
                     "\"" + role + "\" is unknown; use system, developer, user, assistant or tool");
    return {};
  }
  const auto* calls = role == "assistant" ? message.maybe_array("tool_calls") : nullptr;
  const bool has_calls = calls != nullptr && !calls->empty();
  auto out = json::object_of({{"role", role == "developer" ? "system" : role},
                              {"content", read_content(message, role == "assistant")}});
  if (has_calls) {
    out.set("tool_calls", read_tool_calls(message, *calls));
  }
  if (role == "tool") {
    if (auto id = message.maybe_string("tool_call_id")) {
      out.set("tool_call_id", std::move(*id));
    }
  }
  if (auto name = message.maybe_string("name")) {
    out.set("name", std::move(*name));
  }
  return out;
}

void check_tool(const json::object_reader& tool, const json::value& given) {
  const auto type = tool.string("type");
  if (tool.wrong().empty() && type != "function") {
    tool.wrong().add(errc::unsupported, tool.path_of("type"),
                     "\"" + type + "\" tools are not supported; use \"function\"");
  }
  const auto function = tool.object("function");
  if (function.string("name").empty()) {
    function.complain("name", "is empty; name the function");
  }
  static_cast<void>(function.maybe_string("description"));
  static_cast<void>(function.maybe_object("parameters"));
  if (json::write(given).size() > request_limits::tool_bytes_max) {
    tool.wrong().add(errc::too_large, tool.path(),
                     "is larger than " + std::to_string(request_limits::tool_bytes_max)
                         + " bytes; shorten its schema");
  }
}

/// False: the tools are not to be shown to the model.
bool read_tool_choice(const json::object_reader& body) {
  const auto* choice = body.find("tool_choice");
  if (choice == nullptr) {
    return true;
  }
  const auto* text = choice->as_string();
  if (text != nullptr && (*text == "auto" || *text == "none")) {
    return *text == "auto";
  }
  if (choice->as_object() != nullptr || (text != nullptr && *text == "required")) {
    body.wrong().add(errc::unsupported, "tool_choice",
                     "forcing a tool call is not supported; use \"auto\" or \"none\"");
  } else {
    body.complain("tool_choice", "is neither \"auto\" nor \"none\"; use one of them");
  }
  return false;
}

} // namespace

json::value read_messages(const json::object_reader& body) {
  const auto& given = body.array("messages");
  if (!body.wrong().empty()) {
    return {};
  }
  if (given.empty()) {
    body.complain("messages", "is empty; send at least one message");
    return {};
  }
  if (given.size() > request_limits::messages_max) {
    body.complain("messages", count_text(given.size(), request_limits::messages_max, "messages"));
    return {};
  }
  json::value::array out;
  out.reserve(given.size());
  for (std::size_t i = 0; i < given.size() && body.wrong().empty(); ++i) {
    out.push_back(read_message({given[i], json::path_at("messages", i), body.wrong()}));
  }
  return out;
}

json::value read_tools(const json::object_reader& body) {
  const bool shown = read_tool_choice(body);
  const auto* given = body.maybe_array("tools");
  if (given == nullptr || given->empty()) {
    return {};
  }
  if (given->size() > request_limits::tools_max) {
    body.complain("tools", count_text(given->size(), request_limits::tools_max, "tools"));
    return {};
  }
  for (std::size_t i = 0; i < given->size() && body.wrong().empty(); ++i) {
    check_tool({(*given)[i], json::path_at("tools", i), body.wrong()}, (*given)[i]);
  }
  return shown ? json::value(*given) : json::value();
}

} // namespace troupe
