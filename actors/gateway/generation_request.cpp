// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/generation_request.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/base/utf8.hpp"
#include "runtime/codec/fields.hpp"
#include "runtime/json/read.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace troupe {

namespace {

/// Read or knowingly ignored, whatever the endpoint.
constexpr std::array<std::string_view, 33> known_of_all{"model",
                                                        "temperature",
                                                        "top_p",
                                                        "top_k",
                                                        "seed",
                                                        "max_tokens",
                                                        "n",
                                                        "stop",
                                                        "stop_token_ids",
                                                        "stream",
                                                        "stream_options",
                                                        "ignore_eos",
                                                        "user",
                                                        "prompt_cache_key",
                                                        "prompt_cache_options",
                                                        "prompt_cache_retention",
                                                        "safety_identifier",
                                                        "metadata",
                                                        "store",
                                                        "service_tier",
                                                        "troupe",
                                                        "response_format",
                                                        "skip_special_tokens",
                                                        "spaces_between_special_tokens",
                                                        "presence_penalty",
                                                        "frequency_penalty",
                                                        "repetition_penalty",
                                                        "min_p",
                                                        "min_tokens",
                                                        "logit_bias",
                                                        "allowed_token_ids",
                                                        "banned_token_ids",
                                                        "logprobs"};

constexpr std::array<std::string_view, 11> refused_of_all{"use_beam_search",
                                                          "structured_outputs",
                                                          "guided_json",
                                                          "guided_regex",
                                                          "guided_choice",
                                                          "guided_grammar",
                                                          "priority",
                                                          "include_stop_str_in_output",
                                                          "truncate_prompt_tokens",
                                                          "prompt_embeds",
                                                          "kv_transfer_params"};

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

void read_lengths(const json::object_reader& body, std::int64_t least, generation_request& out) {
  out.choices =
      static_cast<std::uint32_t>(body.integer_or("n", 1, {1, request_limits::choices_max}));
  if (const auto max = body.maybe_integer("max_tokens", {least, max_tokens_max})) {
    out.max_tokens = static_cast<std::uint32_t>(*max);
  }
  out.ignore_eos = body.boolean_or("ignore_eos", false);
}

void add_stop(const json::object_reader& body, const std::string& path, const json::value& item,
              generation_request& out) {
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

void read_stops(const json::object_reader& body, generation_request& out) {
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
  read_token_ids(body.wrong(), "stop_token_ids", *ids, out.stop_token_ids);
}

void read_streaming(const json::object_reader& body, generation_request& out) {
  out.stream = body.boolean_or("stream", false);
  if (const auto options = body.maybe_object("stream_options")) {
    out.include_usage = options->boolean_or("include_usage", false);
  }
}

void read_forced(const json::object_reader& body, const request_options& options,
                 generation_request& out) {
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

void refuse_formats(const json::object_reader& body) {
  if (const auto format = body.maybe_object("response_format")) {
    if (const auto type = format->string("type"); type != "text") {
      body.wrong().add(errc::unsupported, format->path_of("type"),
                       "\"" + type + "\" is not supported; use \"text\"");
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

namespace request_reading {

result<json::value> parse_body(std::string_view body, std::string_view example) {
  if (const auto at = utf8::first_invalid(body); at != body.size()) {
    return error{errc::malformed, "the body is not valid UTF-8 at byte " + std::to_string(at)
                                      + "; send JSON encoded as UTF-8"};
  }
  auto document =
      json::parse(body, {.bytes = std::size_t{64} << 20U, .items = 1U << 20U, .depth = 64});
  if (!document) {
    auto why = document.err();
    why.text = "the body: " + why.text;
    return why;
  }
  if (document->as_object() == nullptr) {
    return error{errc::invalid_value, "the body is no JSON object; send " + std::string(example)};
  }
  return document;
}

void read_model(const json::object_reader& body, std::string& out) {
  out = body.string("model");
  if (body.wrong().empty() && out.empty()) {
    body.complain("model", "is empty; GET /v1/models lists the names");
  }
}

void read_affinity(const json::object_reader& body, std::string& out) {
  const auto user = body.string_or("user", "");
  out = body.string_or("prompt_cache_key", user);
  if (out.size() > text_bytes_max) {
    out.clear();
  }
}

void read_generation(const json::object_reader& body, const request_options& options,
                     std::int64_t max_tokens_min, generation_request& out) {
  out.how = read_sampling(body);
  read_lengths(body, max_tokens_min, out);
  read_stops(body, out);
  read_streaming(body, out);
  if (out.how.prompt_logprobs && out.stream) {
    body.complain("prompt_logprobs", "comes with whole answers only; leave stream out");
  }
  read_affinity(body, out.affinity);
  read_forced(body, options, out);
  refuse_truthy(body, refused_of_all);
  refuse_formats(body);
}

void refuse_truthy(const json::object_reader& body, std::span<const std::string_view> names) {
  for (const auto name : names) {
    const auto* item = body.find(name);
    if (item != nullptr && is_truthy(*item)) {
      body.wrong().add(errc::unsupported, body.path_of(name), "is not supported; leave it out");
      return;
    }
  }
}

ignored_fields unknown_fields(const json::value& document,
                              std::span<const std::string_view> known) {
  std::vector<std::string_view> all{known_of_all.begin(), known_of_all.end()};
  all.insert(all.end(), refused_of_all.begin(), refused_of_all.end());
  all.insert(all.end(), known.begin(), known.end());
  return unlisted_fields(document, all);
}

ignored_fields unlisted_fields(const json::value& document,
                               std::span<const std::string_view> known) {
  ignored_fields out;
  for (const auto& [name, item] : *document.as_object()) {
    if (std::ranges::find(known, name) != known.end()) {
      continue;
    }
    ++out.count;
    if (out.names.size() < request_limits::ignored_names_max && name.size() <= 64) {
      out.names.push_back(name);
    }
  }
  return out;
}

} // namespace request_reading

} // namespace troupe
