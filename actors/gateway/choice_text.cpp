// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/choice_text.hpp"

#include "actors/gateway/continued_text.hpp"
#include "actors/gateway/prepare.hpp"
#include "engine/text/detokenizer.hpp"
#include "engine/text/stop_matcher.hpp"
#include "engine/text/tool_calls.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

#include <array>
#include <string>
#include <utility>

namespace troupe {

namespace {

std::string call_id(request_id request, std::uint32_t choice, std::uint32_t index) {
  static constexpr std::string_view digits = "0123456789abcdef";
  auto bits =
      mix64(mix64(request.value.high, request.value.low), (std::uint64_t{choice} << 32U) | index);
  std::string out = "call_";
  for (int i = 0; i < 16; ++i, bits >>= 4U) {
    out += digits[bits & 15U];
  }
  return out;
}

} // namespace

struct choice_text::parts {
  parts(std::shared_ptr<const prepared> what, request_id whose, std::uint32_t number)
      : request(std::move(what)),
        id(whose),
        choice(number),
        characters(beginning(*request, number)),
        stops(request->stops) {
    if (!request->echoes.empty()) {
      fresh.text = request->echoes[request->prompt_no(number)];
    }
  }

  static text::detokenizer beginning(const prepared& what, std::uint32_t number) {
    return what.continues_prompt ? detokenizer_after(what.text->tokens(), what.prompt_of(number))
                                 : text::detokenizer(what.text->tokens());
  }

  std::shared_ptr<const prepared> request;
  request_id id;
  std::uint32_t choice;
  text::detokenizer characters;
  text::stop_matcher stops;
  text::tool_call_parser tools;
  choice_delta fresh;
  std::uint32_t calls = 0;
  std::uint32_t tokens = 0;
  bool ended = false;

  void pass(std::string_view certain) {
    if (!request->parse_tool_calls) {
      fresh.text += certain;
      return;
    }
    text::tool_output found;
    tools.push(certain, found);
    keep(std::move(found));
  }

  void keep(text::tool_output found) {
    fresh.text += found.content;
    for (auto& call : found.calls) {
      if (calls == 0 || request->parallel_tool_calls) {
        fresh.tool_calls.push_back({.index = calls,
                                    .id = call_id(id, choice, calls),
                                    .name = std::move(call.name),
                                    .arguments = std::move(call.arguments)});
        ++calls;
      }
    }
  }

  void end() {
    ended = true;
    if (request->parse_tool_calls) {
      text::tool_output found;
      tools.flush(found);
      keep(std::move(found));
    }
  }
};

choice_text::choice_text(std::shared_ptr<const prepared> what, request_id request,
                         std::uint32_t choice)
    : parts_(std::make_unique<parts>(std::move(what), request, choice)) {
}

choice_text::choice_text(choice_text&&) noexcept = default;
choice_text& choice_text::operator=(choice_text&&) noexcept = default;
choice_text::~choice_text() = default;

bool choice_text::push(token_id token) {
  TROUPE_CHECK(!parts_->ended);
  if (parts_->request->only_echo) {
    return false;
  }
  std::string raw;
  parts_->characters.push(token, raw);
  std::string certain;
  if (parts_->tokens++ < parts_->request->how.min_tokens) {
    certain = std::move(raw); // No stop string counts yet.
  } else {
    parts_->stops.push(raw, certain);
  }
  parts_->pass(certain);
  const bool stopped = parts_->stops.matched().has_value();
  if (stopped) {
    parts_->end();
  }
  return stopped;
}

void choice_text::finish() {
  if (parts_->ended) {
    return;
  }
  std::string certain;
  std::string rest;
  parts_->characters.flush(rest);
  parts_->stops.push(rest, certain);
  parts_->stops.flush(certain);
  parts_->pass(certain);
  parts_->end();
}

choice_delta choice_text::take() {
  return std::exchange(parts_->fresh, {});
}

bool choice_text::called_tools() const {
  return parts_->calls > 0;
}

} // namespace troupe
