// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/prepare.hpp"

#include "messages/limits.hpp"
#include "messages/vocab/error_codes.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace troupe {

namespace {

error too_long(const std::string& param, std::uint32_t context, std::size_t prompt,
               std::size_t answer) {
  auto text = "This model's maximum context length is " + std::to_string(context)
              + " tokens. However, you requested " + std::to_string(prompt + answer) + " tokens ("
              + std::to_string(prompt) + " in the messages, " + std::to_string(answer)
              + " in the completion). Please reduce the length of the messages or completion.";
  return {.code = errors::prompt_too_long, .text = std::move(text), .field = param};
}

result<std::uint32_t> settle_length(const chat_request& request, const model_text& text,
                                    std::size_t prompt_tokens) {
  const auto context = text.context_tokens_max();
  if (prompt_tokens + 1 > context) {
    return too_long("messages", context, prompt_tokens, request.max_tokens.value_or(1));
  }
  const auto left = context - static_cast<std::uint32_t>(prompt_tokens);
  if (!request.max_tokens) {
    return left;
  }
  if (*request.max_tokens > left) {
    return too_long(request.max_tokens_param, context, prompt_tokens, *request.max_tokens);
  }
  return *request.max_tokens;
}

result<std::vector<token_id>> settle_stop_tokens(const chat_request& request,
                                                 const model_text& text) {
  std::vector<token_id> ids;
  if (!request.ignore_eos) {
    ids = text.stop_tokens();
  }
  for (std::size_t i = 0; i < request.stop_token_ids.size(); ++i) {
    const auto id = request.stop_token_ids[i];
    if (id >= text.vocab_size()) {
      return error{.code = errc::invalid_value,
                   .text = "stop_token_ids: " + std::to_string(id)
                           + " is no token of this model; send ids below "
                           + std::to_string(text.vocab_size()),
                   .field = "stop_token_ids[" + std::to_string(i) + "]"};
    }
    ids.push_back(id);
  }
  if (ids.size() > limits::stop_tokens_max) {
    return error{.code = errc::too_large,
                 .text = "stop_token_ids: too many with the model's own; send fewer",
                 .field = "stop_token_ids"};
  }
  return ids;
}

sampling settle_sampling(const sampling_request& asked, const sampling& defaults) {
  return {.temperature = asked.temperature.value_or(defaults.temperature),
          .top_p = asked.top_p.value_or(defaults.top_p),
          .top_k = asked.top_k.value_or(defaults.top_k),
          .seed = asked.seed.value_or(0),
          .min_p = asked.min_p,
          .repetition_penalty = asked.repetition_penalty,
          .presence_penalty = asked.presence_penalty,
          .frequency_penalty = asked.frequency_penalty,
          .min_tokens = asked.min_tokens,
          .logprobs = asked.logprobs,
          .top_logprobs = asked.top_logprobs};
}

/// What only the model tells: its vocabulary, and how long the answer may be.
std::optional<error> refusal(const chat_request& request, const sampling& how,
                             const model_text& text, std::uint32_t max_tokens) {
  const auto size = text.vocab_size();
  const auto unknown = [size](token_id id) {
    return id >= size;
  };
  const auto refuse = [](std::string field, const std::string& what, errc code) {
    return error{.code = code, .text = field + ": " + what, .field = std::move(field)};
  };
  const auto below = "names no token of this model; send ids below " + std::to_string(size);
  const auto& rules = request.how.rules;
  if (std::ranges::any_of(rules.bias, unknown, &token_bias::token)) {
    return refuse("logit_bias", below, errc::invalid_value);
  }
  if (std::ranges::any_of(rules.allowed, unknown)) {
    return refuse("allowed_token_ids", below, errc::invalid_value);
  }
  if (std::ranges::any_of(rules.banned, unknown)) {
    return refuse("banned_token_ids", below, errc::invalid_value);
  }
  if (how.min_tokens > max_tokens) {
    return refuse("min_tokens",
                  "is above the " + std::to_string(max_tokens)
                      + " tokens that the answer may have; lower it",
                  errc::invalid_value);
  }
  const auto logprobs = std::uint64_t{max_tokens} * request.choices * (how.top_logprobs + 1);
  if (how.logprobs && !request.stream && logprobs > whole_logprobs_max) {
    return refuse("logprobs",
                  "max_tokens, n and top_logprobs allow " + std::to_string(logprobs)
                      + " of them; lower them to " + std::to_string(whole_logprobs_max)
                      + " or stream the answer",
                  errc::too_large);
  }
  return std::nullopt;
}

} // namespace

result<prepared> prepare(const chat_request& request, std::shared_ptr<const model_text> text) {
  const auto rendered = text->render(request.messages, request.tools);
  if (!rendered) {
    auto why = rendered.err();
    why.field = why.field.empty() ? "messages" : why.field;
    return why;
  }
  prepared out;
  out.prompt = text->tokens().encode(*rendered);
  if (out.prompt.empty()) {
    return error{.code = errc::invalid_value,
                 .text = "messages: they render to an empty prompt; send some text",
                 .field = "messages"};
  }
  const auto max_tokens = settle_length(request, *text, out.prompt.size());
  if (!max_tokens) {
    return max_tokens.err();
  }
  auto stop_tokens = settle_stop_tokens(request, *text);
  if (!stop_tokens) {
    return stop_tokens.err();
  }
  out.how = settle_sampling(request.how, text->default_sampling());
  if (auto why = refusal(request, out.how, *text, *max_tokens)) {
    return *std::move(why);
  }
  out.rules = request.how.rules;
  out.seed_given = request.how.seed.has_value();
  out.max_tokens = *max_tokens;
  out.stop_tokens = std::move(*stop_tokens);
  out.stops = request.stops;
  out.choices = request.choices;
  out.parse_tool_calls = !request.tools.is_null();
  out.parallel_tool_calls = request.parallel_tool_calls;
  out.stream = request.stream;
  out.include_usage = request.include_usage;
  out.affinity = request.affinity;
  out.forced = request.forced;
  out.text = std::move(text);
  return out;
}

} // namespace troupe
