// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/chat_request.hpp"

#include "actors/gateway/chat_messages.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/base/utf8.hpp"
#include "runtime/codec/fields.hpp"
#include "runtime/json/fields.hpp"
#include "runtime/json/read.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace troupe {

namespace {

/// Read or knowingly ignored; everything else is counted.
constexpr std::array<std::string_view, 45> known_fields{"model",
                                                        "messages",
                                                        "tools",
                                                        "tool_choice",
                                                        "temperature",
                                                        "top_p",
                                                        "top_k",
                                                        "seed",
                                                        "max_tokens",
                                                        "max_completion_tokens",
                                                        "n",
                                                        "stop",
                                                        "stop_token_ids",
                                                        "stream",
                                                        "stream_options",
                                                        "parallel_tool_calls",
                                                        "ignore_eos",
                                                        "user",
                                                        "prompt_cache_key",
                                                        "prompt_cache_options",
                                                        "prompt_cache_retention",
                                                        "safety_identifier",
                                                        "metadata",
                                                        "store",
                                                        "service_tier",
                                                        "reasoning_effort",
                                                        "verbosity",
                                                        "troupe",
                                                        "modalities",
                                                        "response_format",
                                                        "skip_special_tokens",
                                                        "include_stop_str_in_output",
                                                        "add_generation_prompt",
                                                        "presence_penalty",
                                                        "frequency_penalty",
                                                        "repetition_penalty",
                                                        "min_p",
                                                        "min_tokens",
                                                        "logit_bias",
                                                        "allowed_token_ids",
                                                        "banned_token_ids",
                                                        "logprobs",
                                                        "top_logprobs",
                                                        "function_call",
                                                        "spaces_between_special_tokens"};

/// Understood, not done yet: refused unless null, false, 0 or empty, so that nobody takes the
/// answer for what it is not.
constexpr std::array<std::string_view, 20> refused_fields{"functions",
                                                          "audio",
                                                          "prediction",
                                                          "web_search_options",
                                                          "best_of",
                                                          "use_beam_search",
                                                          "echo",
                                                          "prompt_logprobs",
                                                          "continue_final_message",
                                                          "chat_template",
                                                          "chat_template_kwargs",
                                                          "structured_outputs",
                                                          "guided_json",
                                                          "guided_regex",
                                                          "guided_choice",
                                                          "guided_grammar",
                                                          "truncate_prompt_tokens",
                                                          "include_stop_str_in_output",
                                                          "kv_transfer_params",
                                                          "priority"};

bool is_truthy(const json::value& item) {
  if (const auto* flag = item.as_bool()) {
    return *flag;
  }
  if (const auto number = item.as_number()) {
    return *number != 0;
  }
  if (const auto* text = item.as_string()) {
    return !text->empty();
  }
  if (const auto* items = item.as_array()) {
    return !items->empty();
  }
  const auto* members = item.as_object();
  return members != nullptr && !members->empty();
}

void refuse(const json::object_reader& body, std::string_view name, const std::string& what) {
  body.wrong().add(errc::unsupported, body.path_of(name), what);
}

void refuse_unsupported(const json::object_reader& body) {
  for (const auto name : refused_fields) {
    const auto* item = body.find(name);
    if (item != nullptr && is_truthy(*item)) {
      refuse(body, name, "is not supported; leave it out");
      return;
    }
  }
  if (!body.boolean_or("add_generation_prompt", true)) {
    refuse(body, "add_generation_prompt", "cannot be switched off; leave it out");
  }
  if (const auto format = body.maybe_object("response_format")) {
    if (const auto type = format->string("type"); type != "text") {
      refuse(*format, "type", "\"" + type + "\" is not supported; use \"text\"");
    }
  }
  if (const auto* modalities = body.maybe_array("modalities")) {
    const bool text_only = std::ranges::all_of(
        *modalities, [](const json::value& item) { return item == json::value("text"); });
    if (!text_only) {
      refuse(body, "modalities", "only [\"text\"] is supported");
    }
  }
}

void read_lengths(const json::object_reader& body, chat_request& out) {
  out.choices =
      static_cast<std::uint32_t>(body.integer_or("n", 1, {1, request_limits::choices_max}));
  for (const auto* name : {"max_tokens", "max_completion_tokens"}) {
    if (const auto max = body.maybe_integer(name, {1, max_tokens_max})) {
      out.max_tokens = static_cast<std::uint32_t>(*max);
      out.max_tokens_param = name;
    }
  }
  out.ignore_eos = body.boolean_or("ignore_eos", false);
}

void add_stop(const json::object_reader& body, const std::string& path, const json::value& item,
              chat_request& out) {
  const auto* text = item.as_string();
  if (text == nullptr) {
    body.wrong().add(errc::invalid_value, path,
                     "expected a string, got " + std::string(json::name_of(item.type()))
                         + "; correct its type");
  } else if (text->size() > request_limits::stop_bytes_max) {
    body.wrong().add(errc::too_large, path,
                     "is " + std::to_string(text->size()) + " bytes; send at most "
                         + std::to_string(request_limits::stop_bytes_max));
  } else if (!text->empty()) {
    out.stops.push_back(*text);
  }
}

void read_stops(const json::object_reader& body, chat_request& out) {
  if (const auto* stop = body.find("stop")) {
    const auto* list = stop->as_array();
    if (list == nullptr) {
      add_stop(body, "stop", *stop, out);
    } else if (list->size() > request_limits::stops_max) {
      body.complain("stop", "has " + std::to_string(list->size()) + " strings; send at most "
                                + std::to_string(request_limits::stops_max));
    } else {
      for (std::size_t i = 0; i < list->size(); ++i) {
        add_stop(body, json::path_at("stop", i), (*list)[i], out);
      }
    }
  }
  const auto* ids = body.maybe_array("stop_token_ids");
  if (ids == nullptr) {
    return;
  }
  if (ids->size() > request_limits::stop_token_ids_max) {
    body.complain("stop_token_ids", "has " + std::to_string(ids->size()) + " ids; send at most "
                                        + std::to_string(request_limits::stop_token_ids_max));
    return;
  }
  for (std::size_t i = 0; i < ids->size(); ++i) {
    const auto* id = (*ids)[i].as_integer();
    if (id == nullptr || *id < 0 || *id > std::numeric_limits<std::int32_t>::max()) {
      body.wrong().add(errc::invalid_value, json::path_at("stop_token_ids", i),
                       "is no token id; send integers from 0");
      return;
    }
    out.stop_token_ids.push_back(static_cast<token_id>(*id));
  }
}

void read_streaming(const json::object_reader& body, chat_request& out) {
  out.stream = body.boolean_or("stream", false);
  if (const auto options = body.maybe_object("stream_options")) {
    out.include_usage = options->boolean_or("include_usage", false);
  }
}

void read_forced(const json::object_reader& body, const request_options& options,
                 chat_request& out) {
  out.forced.prefill = options.prefill;
  const auto forced = body.maybe_object("troupe");
  if (!forced) {
    return;
  }
  if (!options.allow_forced_placement) {
    body.wrong().add(errors::invalid_request, "troupe",
                     "is for operators; leave it out, or start the gateway with "
                     "allow_forced_placement");
    return;
  }
  if (forced->find("prefill") != nullptr) {
    const auto mode = forced->string("prefill");
    if (const auto known = parse_prefill_mode(mode)) {
      out.forced.prefill = *known;
    } else {
      forced->complain("prefill", "\"" + mode + "\" is unknown; use auto, remote or local");
    }
  }
  out.forced.decode_worker = forced->string_or("decode_worker", "");
  out.forced.prefill_worker = forced->string_or("prefill_worker", "");
  if (std::max(out.forced.decode_worker.size(), out.forced.prefill_worker.size())
      > text_bytes_max) {
    forced->complain("decode_worker", "is too long for a node's name; check it");
  }
  out.ignore_eos = forced->boolean_or("ignore_eos", out.ignore_eos);
  forced->refuse_unknown({"prefill", "decode_worker", "prefill_worker", "ignore_eos"});
}

void read_affinity(const json::object_reader& body, chat_request& out) {
  const auto user = body.string_or("user", "");
  out.affinity = body.string_or("prompt_cache_key", user);
  if (out.affinity.size() > text_bytes_max) {
    out.affinity.clear();
  }
}

void count_unknown(const json::value& document, chat_request& out) {
  for (const auto& [name, item] : *document.as_object()) {
    if (std::ranges::find(known_fields, name) == known_fields.end()
        && std::ranges::find(refused_fields, name) == refused_fields.end()) {
      ++out.ignored_count;
      if (out.ignored.size() < request_limits::ignored_names_max && name.size() <= 64) {
        out.ignored.push_back(name);
      }
    }
  }
}

} // namespace

std::optional<prefill_mode> parse_prefill_mode(std::string_view name) {
  return name == "auto"     ? std::optional(prefill_mode::auto_)
         : name == "remote" ? std::optional(prefill_mode::remote)
         : name == "local"  ? std::optional(prefill_mode::local)
                            : std::nullopt;
}

result<chat_request> parse_chat_request(std::string_view body, const request_options& options) {
  if (const auto at = utf8::first_invalid(body); at != body.size()) {
    return error{errc::malformed, "the body is not valid UTF-8 at byte " + std::to_string(at)
                                      + "; send JSON encoded as UTF-8"};
  }
  const auto document =
      json::parse(body, {.bytes = std::size_t{64} << 20U, .items = 1U << 20U, .depth = 64});
  if (!document) {
    auto why = document.err();
    why.text = "the body: " + why.text;
    return why;
  }
  json::complaints wrong;
  const json::object_reader reader(*document, "", wrong);
  if (wrong.first()) {
    return error{errc::invalid_value, "the body is no JSON object; send {\"model\": ..., "
                                      "\"messages\": [...]}"};
  }
  chat_request out;
  out.model = reader.string("model");
  if (wrong.empty() && out.model.empty()) {
    reader.complain("model", "is empty; GET /v1/models lists the names");
  }
  out.messages = read_messages(reader);
  out.tools = read_tools(reader);
  out.how = read_sampling(reader);
  read_lengths(reader, out);
  read_stops(reader, out);
  read_streaming(reader, out);
  read_affinity(reader, out);
  out.parallel_tool_calls = reader.boolean_or("parallel_tool_calls", true);
  read_forced(reader, options, out);
  refuse_unsupported(reader);
  if (wrong.first()) {
    return *wrong.first();
  }
  count_unknown(*document, out);
  return out;
}

} // namespace troupe
