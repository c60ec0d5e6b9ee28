// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/sampling_request.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

namespace troupe {

namespace {

constexpr std::int64_t token_id_max = std::numeric_limits<std::int32_t>::max();

float number_or(const json::object_reader& body, std::string_view name, float absent,
                json::number_range range) {
  return static_cast<float>(body.number_or(name, absent, range));
}

std::optional<token_id> id_of(std::string_view text) {
  std::int64_t id = -1;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool is_id =
      wrong == std::errc{} && end == text.data() + text.size() && id >= 0 && id <= token_id_max;
  return is_id ? std::optional(static_cast<token_id>(id)) : std::nullopt;
}

void refuse_count(const json::object_reader& body, std::string_view name, std::size_t count,
                  std::size_t max) {
  body.wrong().add(errc::too_large, body.path_of(name),
                   "has " + std::to_string(count) + " tokens; send at most " + std::to_string(max));
}

void read_bias(const json::object_reader& body, token_rules& out) {
  constexpr double bias_max = limits::logit_bias_abs_max;
  const auto biases = body.maybe_object("logit_bias");
  const auto* members = biases ? body.find("logit_bias")->as_object() : nullptr;
  if (members == nullptr) {
    return;
  }
  if (members->size() > limits::logit_bias_max) {
    refuse_count(body, "logit_bias", members->size(), limits::logit_bias_max);
    return;
  }
  for (const auto& [name, value] : *members) {
    const auto id = id_of(name);
    const auto bias = value.as_number();
    if (!id) {
      body.complain("logit_bias", "has a name that is no token id; send integers from 0");
      return;
    }
    if (!bias || !(*bias >= -bias_max && *bias <= bias_max)) {
      biases->complain(name, "is no number within -100 and 100");
      return;
    }
    out.bias.push_back({*id, static_cast<float>(*bias)});
  }
}

void read_ids(const json::object_reader& body, std::string_view name, std::size_t max,
              token_list& out) {
  const auto* ids = body.maybe_array(name);
  if (ids == nullptr) {
    return;
  }
  if (ids->size() > max) {
    refuse_count(body, name, ids->size(), max);
    return;
  }
  read_token_ids(body.wrong(), body.path_of(name), *ids, out);
}

} // namespace

void read_token_ids(json::complaints& wrong, const std::string& path,
                    const json::value::array& from, token_list& out) {
  out.reserve(out.size() + from.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto* id = from[i].as_integer();
    if (id == nullptr || *id < 0 || *id > token_id_max) {
      wrong.add(errc::invalid_value, json::path_at(path, i),
                "is no token id; send integers from 0");
      return;
    }
    out.push_back(static_cast<token_id>(*id));
  }
}

void read_chat_logprobs(const json::object_reader& body, sampling_request& out) {
  out.logprobs = body.boolean_or("logprobs", false);
  out.top_logprobs =
      static_cast<std::uint32_t>(body.integer_or("top_logprobs", 0, {0, limits::top_logprobs_max}));
  if (out.top_logprobs > 0 && !out.logprobs) {
    body.complain("top_logprobs", "comes with logprobs only; send \"logprobs\": true, too");
  }
}

void read_completion_logprobs(const json::object_reader& body, sampling_request& out) {
  const auto top = body.maybe_integer("logprobs", {0, limits::top_logprobs_max});
  out.logprobs = top.has_value();
  out.top_logprobs = static_cast<std::uint32_t>(top.value_or(0));
}

sampling_request read_sampling(const json::object_reader& body) {
  constexpr double penalty = limits::penalty_abs_max;
  sampling_request out;
  if (const auto t = body.maybe_number("temperature", {0, 2})) {
    out.temperature = static_cast<float>(*t);
  }
  if (const auto p = body.maybe_number("top_p", {0, 1})) {
    if (*p <= 0) {
      body.complain("top_p", "is 0; give a value above 0, at most 1");
    }
    out.top_p = static_cast<float>(*p);
  }
  if (const auto k = body.maybe_integer("top_k", {-1, std::numeric_limits<std::int32_t>::max()})) {
    out.top_k = static_cast<std::uint32_t>(std::max<std::int64_t>(*k, 0));
  }
  if (const auto seed = body.maybe_integer("seed")) {
    out.seed = static_cast<std::uint64_t>(*seed);
  }
  out.min_p = number_or(body, "min_p", 0, {0, 1});
  out.repetition_penalty = number_or(body, "repetition_penalty", 1, {0.01, limits::repetition_max});
  out.presence_penalty = number_or(body, "presence_penalty", 0, {-penalty, penalty});
  out.frequency_penalty = number_or(body, "frequency_penalty", 0, {-penalty, penalty});
  out.min_tokens = static_cast<std::uint32_t>(
      body.integer_or("min_tokens", 0, {0, std::numeric_limits<std::int32_t>::max()}));
  read_bias(body, out.rules);
  read_ids(body, "allowed_token_ids", limits::allowed_tokens_max, out.rules.allowed);
  read_ids(body, "banned_token_ids", limits::banned_tokens_max, out.rules.banned);
  if (const auto top = body.maybe_integer("prompt_logprobs", {0, limits::top_logprobs_max})) {
    out.prompt_logprobs = static_cast<std::uint32_t>(*top);
  }
  return out;
}

} // namespace troupe
