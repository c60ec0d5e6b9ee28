// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/commands.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/http/client.hpp"
#include "runtime/json/read.hpp"
#include "runtime/json/write.hpp"

#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <unistd.h>

namespace troupe {

namespace {

/// What one streamed answer looked like from outside.
struct streamed {
  std::string text;
  std::string finish_reason;
  std::optional<error> failure;
  time_point first;
  time_point last;
  std::int64_t completion_tokens = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t cached_tokens = 0;
};

std::int64_t integer_at(const json::value& from, std::string_view key) {
  const auto* found = from.find(key);
  return found != nullptr && found->as_integer() != nullptr ? *found->as_integer() : 0;
}

const json::value* first_choice(const json::value& chunk) {
  const auto* choices = chunk.find("choices");
  const auto* items = choices != nullptr ? choices->as_array() : nullptr;
  return items != nullptr && !items->empty() ? &items->front() : nullptr;
}

void take_event(std::string_view data, streamed& into, bool print) {
  const auto chunk = json::parse(data);
  if (!chunk) {
    return; // "[DONE]"
  }
  if (const auto* why = chunk->find("error")) {
    const auto* text = why->find("message");
    into.failure = error{.code = errc::peer_gone,
                         .text = text != nullptr && text->as_string() ? *text->as_string() : ""};
    return;
  }
  if (const auto* usage = chunk->find("usage"); usage != nullptr && usage->as_object() != nullptr) {
    into.completion_tokens = integer_at(*usage, "completion_tokens");
    into.prompt_tokens = integer_at(*usage, "prompt_tokens");
    if (const auto* details = usage->find("prompt_tokens_details")) {
      into.cached_tokens = integer_at(*details, "cached_tokens");
    }
  }
  const auto* choice = first_choice(*chunk);
  if (choice == nullptr) {
    return;
  }
  if (const auto* reason = choice->find("finish_reason"); reason && reason->as_string()) {
    into.finish_reason = *reason->as_string();
  }
  const auto* delta = choice->find("delta");
  const auto* content = delta != nullptr ? delta->find("content") : nullptr;
  if (content == nullptr || content->as_string() == nullptr || content->as_string()->empty()) {
    return;
  }
  into.last = machine_clock().now();
  if (into.text.empty()) {
    into.first = into.last;
  }
  into.text += *content->as_string();
  if (print) {
    std::fputs(content->as_string()->c_str(), stdout);
    std::fflush(stdout);
  }
}

result<streamed> ask(const std::string& url, const json::value& body, bool print) {
  streamed into;
  std::string pending;
  const auto on_data = [&](std::string_view data) {
    pending += data;
    for (auto end = pending.find("\n\n"); end != std::string::npos; end = pending.find("\n\n")) {
      const auto event = std::string_view(pending).substr(0, end);
      if (event.starts_with("data: ")) {
        take_event(event.substr(6), into, print);
      }
      pending.erase(0, end + 2);
    }
    return pending.size() < (std::size_t{1} << 20U);
  };
  const auto got = http::post_stream(url + "/v1/chat/completions", json::write(body), on_data,
                                     {.timeout = std::chrono::minutes(10)});
  if (!got) {
    return got.err();
  }
  if (got->status != 200) {
    const auto why = json::parse(got->body);
    const auto* inner = why ? why->find("error") : nullptr;
    const auto* text = inner != nullptr ? inner->find("message") : nullptr;
    return error{.code = errc::invalid_value,
                 .text = text != nullptr && text->as_string() ? *text->as_string() : got->body};
  }
  if (into.failure) {
    return *into.failure;
  }
  return into;
}

result<std::string> first_model(const std::string& url) {
  const auto got = http::get(url + "/v1/models", {.timeout = 5s});
  if (!got) {
    return got.err();
  }
  const auto body = json::parse(got->body);
  const auto* data = body ? body->find("data") : nullptr;
  const auto* items = data != nullptr ? data->as_array() : nullptr;
  if (items == nullptr || items->empty() || items->front().find("id") == nullptr) {
    return error{.code = errc::timeout, .text = "no model is served at " + url + " yet"};
  }
  return *items->front().find("id")->as_string();
}

json::value message_of(const char* role, const std::string& content) {
  return json::object_of({{"role", role}, {"content", content}});
}

void print_figures(const command_context& cx, const streamed& got, time_point begin) {
  const std::chrono::duration<double> ttft = got.first - begin;
  const std::chrono::duration<double> rest = got.last - got.first;
  const auto rate = rest.count() > 0 && got.completion_tokens > 1
                        ? static_cast<double>(got.completion_tokens - 1) / rest.count()
                        : 0.0;
  if (cx.wants_json()) {
    const auto line = json::object_of({{"text", got.text},
                                       {"finish_reason", got.finish_reason},
                                       {"ttft_ms", ttft.count() * 1000},
                                       {"output_tokens_per_s", rate},
                                       {"prompt_tokens", got.prompt_tokens},
                                       {"cached_tokens", got.cached_tokens},
                                       {"completion_tokens", got.completion_tokens}});
    std::printf("%s\n", json::write(line).c_str());
    return;
  }
  std::fprintf(stderr, "\n[TTFT %.1f ms, %.0f tokens/s, %lld tokens]\n", ttft.count() * 1000, rate,
               static_cast<long long>(got.completion_tokens));
}

} // namespace

int run_chat(command_context& cx) {
  const auto model =
      cx.config.model.empty() ? first_model(cx.config.url) : result<std::string>(cx.config.model);
  if (!model) {
    return report(model.err());
  }
  const bool once = !cx.config.prompt.empty();
  json::value messages{json::value::array{}};
  while (true) {
    std::string line = cx.config.prompt;
    if (!once) {
      if (::isatty(0) != 0) {
        std::fputs("> ", stderr);
      }
      if (!std::getline(std::cin, line) || line == "/bye") {
        return 0;
      }
      if (line.empty()) {
        continue;
      }
    }
    messages.push_back(message_of("user", line));
    auto body = json::object_of({{"model", *model},
                                 {"messages", messages},
                                 {"temperature", 0},
                                 {"stream", true},
                                 {"stream_options", json::object_of({{"include_usage", true}})}});
    if (cx.config.max_tokens != 0) {
      body.set("max_tokens", cx.config.max_tokens);
    }
    const auto begin = machine_clock().now();
    const auto got = ask(cx.config.url, body, !cx.wants_json());
    if (!got) {
      const auto code = report(got.err());
      if (once) {
        return code;
      }
      messages.as_array()->pop_back();
      continue;
    }
    print_figures(cx, *got, begin);
    if (once) {
      return 0;
    }
    messages.push_back(message_of("assistant", got->text));
  }
}

} // namespace troupe
