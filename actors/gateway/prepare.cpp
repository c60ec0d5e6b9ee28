// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/prepare.hpp"

#include "actors/gateway/continued_text.hpp"
#include "messages/limits.hpp"
#include "messages/vocab/error_codes.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace troupe {

namespace {

/// What a refusal calls the prompt.
struct prompt_names {
  std::string param; ///< Such as "messages".
  std::string text;  ///< Such as "the messages".
};

error too_long(const std::string& param, const prompt_names& names, std::uint32_t context,
               std::size_t prompt, std::size_t answer) {
  auto text = "This model's maximum context length is " + std::to_string(context)
              + " tokens. However, you requested " + std::to_string(prompt + answer) + " tokens ("
              + std::to_string(prompt) + " in " + names.text + ", " + std::to_string(answer)
              + " in the completion). Please reduce the length of " + names.text
              + " or completion.";
  return {.code = errors::prompt_too_long, .text = std::move(text), .field = param};
}

/// `fills`: the length of an answer that is not told, at most.
result<std::uint32_t> settle_length(const generation_request& request, const prompt_names& names,
                                    const model_text& text, std::size_t prompt_tokens,
                                    std::uint32_t fills) {
  const auto context = text.context_tokens_max();
  if (prompt_tokens + 1 > context) {
    return too_long(names.param, names, context, prompt_tokens, request.max_tokens.value_or(1));
  }
  const auto left = context - static_cast<std::uint32_t>(prompt_tokens);
  if (!request.max_tokens) {
    return std::min(left, fills);
  }
  if (*request.max_tokens > left) {
    return too_long(request.max_tokens_param, names, context, prompt_tokens, *request.max_tokens);
  }
  return *request.max_tokens;
}

result<std::vector<token_id>> settle_stop_tokens(const generation_request& request,
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
          .top_logprobs = asked.top_logprobs,
          .prompt_logprobs = asked.prompt_logprobs.has_value(),
          .prompt_top_logprobs = asked.prompt_logprobs.value_or(0)};
}

/// What only the model tells: its vocabulary, and how long the answer may be.
std::optional<error> refusal(const generation_request& request, const prepared& out) {
  const auto& text = *out.text;
  const auto& how = out.how;
  const auto max_tokens = out.max_tokens;
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
  std::uint64_t of_prompts = 0;
  for (std::uint32_t answer = 0; answer < out.answers(); ++answer) {
    of_prompts += std::uint64_t{out.scores_of(answer)} * (how.prompt_top_logprobs + 1);
  }
  if (of_prompts > whole_logprobs_max) {
    return refuse(request.how.prompt_logprobs ? "prompt_logprobs" : "logprobs",
                  "the prompts make " + std::to_string(of_prompts)
                      + " of them; shorten them or rank fewer, for at most "
                      + std::to_string(whole_logprobs_max),
                  errc::too_large);
  }
  const auto logprobs = std::uint64_t{max_tokens} * out.answers() * (how.top_logprobs + 1);
  if (how.logprobs && !request.stream && logprobs > whole_logprobs_max) {
    return refuse("logprobs",
                  "max_tokens, n and top_logprobs allow " + std::to_string(logprobs)
                      + " of them; lower them to " + std::to_string(whole_logprobs_max)
                      + " or stream the answer",
                  errc::too_large);
  }
  return std::nullopt;
}

/// All that does not depend on where the prompts came from. `out` has text, prompts and
/// continues_prompt; `echo` wants as many log probabilities of the prompt as of the answer.
std::optional<error> settle(const generation_request& request, const prompt_names& names,
                            std::uint32_t fills, bool echo, prepared& out) {
  const auto longest = std::ranges::max(out.prompts, {}, &token_list::size).size();
  const auto max_tokens = settle_length(request, names, *out.text, longest, fills);
  if (!max_tokens) {
    return max_tokens.err();
  }
  auto stop_tokens = settle_stop_tokens(request, *out.text);
  if (!stop_tokens) {
    return stop_tokens.err();
  }
  out.how = settle_sampling(request.how, out.text->default_sampling());
  if (echo && out.how.logprobs) {
    out.how.prompt_logprobs = true;
    out.how.prompt_top_logprobs = std::max(out.how.prompt_top_logprobs, out.how.top_logprobs);
  }
  out.max_tokens = *max_tokens;
  out.choices = request.choices;
  if (auto why = refusal(request, out)) {
    return why;
  }
  out.tells_prompt = request.how.prompt_logprobs.has_value();
  out.prompt_ranked = request.how.prompt_logprobs.value_or(0);
  out.rules = request.how.rules;
  out.seed_given = request.how.seed.has_value();
  out.stop_tokens = std::move(*stop_tokens);
  out.stops = request.stops;
  out.stream = request.stream;
  out.include_usage = request.include_usage;
  out.affinity = request.affinity;
  out.forced = request.forced;
  return std::nullopt;
}

error no_token(const std::string& param, const std::string& what) {
  return {.code = errc::invalid_value,
          .text = param + ": " + what + " an empty prompt; send some text",
          .field = param};
}

result<token_list> tokens_of(const prompt_input& from, const std::string& param, bool add_special,
                             const model_text& text) {
  if (const auto* words = std::get_if<std::string>(&from)) {
    auto out = text.tokens().encode(*words, {.add_special = add_special});
    return out.empty() ? result<token_list>(no_token(param, "has no token, which makes"))
                       : result<token_list>(std::move(out));
  }
  const auto& ids = std::get<token_list>(from);
  const auto size = text.vocab_size();
  const auto unknown = std::ranges::find_if(ids, [size](token_id id) { return id >= size; });
  if (unknown != ids.end()) {
    return error{.code = errc::invalid_value,
                 .text = param + ": " + std::to_string(*unknown)
                         + " is no token of this model; send ids below " + std::to_string(size),
                 .field = param};
  }
  return ids;
}

} // namespace

std::uint64_t prepared::prompt_tokens() const {
  std::uint64_t sum = 0;
  for (const auto& prompt : prompts) {
    sum += prompt.size();
  }
  return sum;
}

result<prepared> prepare(const chat_request& request, std::shared_ptr<const model_text> text) {
  const prompt_names names{"messages", "the messages"};
  const auto rendered = text->render(request.messages, request.tools);
  if (!rendered) {
    auto why = rendered.err();
    why.field = why.field.empty() ? names.param : why.field;
    return why;
  }
  prepared out;
  out.text = std::move(text);
  out.prompts.push_back(out.text->tokens().encode(*rendered));
  if (out.prompts.front().empty()) {
    return no_token(names.param, "they render to");
  }
  if (auto why = settle(request, names, out.text->context_tokens_max(), false, out)) {
    return *std::move(why);
  }
  out.parse_tool_calls = !request.tools.is_null();
  out.parallel_tool_calls = request.parallel_tool_calls;
  return out;
}

result<prepared> prepare(const completion_request& request,
                         std::shared_ptr<const model_text> text) {
  prepared out;
  out.text = std::move(text);
  for (std::size_t at = 0; at < request.prompts.size(); ++at) {
    const auto param = request.prompts.size() == 1 ? "prompt" : json::path_at("prompt", at);
    auto prompt = tokens_of(request.prompts[at], param, request.add_special, *out.text);
    if (!prompt) {
      return prompt.err();
    }
    out.prompts.push_back(std::move(*prompt));
  }
  out.continues_prompt = true;
  if (auto why =
          settle(request, {"prompt", "the prompt"}, completion_tokens_default, request.echo, out)) {
    return *std::move(why);
  }
  if (request.echo) {
    for (const auto& prompt : out.prompts) {
      out.echoes.push_back(continuable_text(out.text->tokens(), prompt));
    }
  }
  out.only_echo = out.max_tokens == 0;
  out.max_tokens = std::max(out.max_tokens, 1U);
  return out;
}

error too_many_dimensions(std::uint32_t asked, std::size_t size) {
  return {.code = errc::invalid_value,
          .text = "dimensions: " + std::to_string(asked) + " are more than the "
                  + std::to_string(size) + " of this model; ask for at most so many",
          .field = "dimensions"};
}

result<prepared> prepare(const embedding_request& request, std::shared_ptr<const model_text> text) {
  prepared out;
  out.text = std::move(text);
  const auto context = out.text->context_tokens_max();
  for (std::size_t at = 0; at < request.inputs.size(); ++at) {
    const auto param = request.inputs.size() == 1 ? "input" : json::path_at("input", at);
    auto prompt = tokens_of(request.inputs[at], param, request.add_special, *out.text);
    if (!prompt) {
      return prompt.err();
    }
    if (prompt->size() > context) {
      return error{.code = errors::prompt_too_long,
                   .text = "This model's maximum context length is " + std::to_string(context)
                           + " tokens. However, " + param + " has " + std::to_string(prompt->size())
                           + " tokens. Please reduce its length.",
                   .field = param};
    }
    out.prompts.push_back(std::move(*prompt));
  }
  if (const auto tokens = out.prompt_tokens(); tokens > request_limits::embedding_tokens_max) {
    return error{.code = errc::too_large,
                 .text = "input: has " + std::to_string(tokens) + " tokens; send at most "
                         + std::to_string(request_limits::embedding_tokens_max) + " in one request",
                 .field = "input"};
  }
  const auto size = out.text->embedding_size();
  if (size > 0 && request.dimensions > size) {
    return too_many_dimensions(request.dimensions, size);
  }
  const auto usual =
      out.text->pooling() == pooling_kind::none ? pooling_kind::last : out.text->pooling();
  out.pooling = request.pooling.value_or(usual);
  out.dimensions = request.dimensions;
  out.is_base64 = request.is_base64;
  out.max_tokens = 1;
  out.affinity = request.affinity;
  return out;
}

} // namespace troupe
