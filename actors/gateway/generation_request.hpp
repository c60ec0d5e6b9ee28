// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/sampling_request.hpp"
#include "messages/place.hpp"
#include "messages/vocab/tokens.hpp"
#include "runtime/base/result.hpp"
#include "runtime/json/fields.hpp"
#include "runtime/json/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// What a client may ask in one request; over a limit the request is refused with its `param`.
namespace request_limits {
inline constexpr std::uint32_t choices_max = 8;
inline constexpr std::size_t stops_max = 4;
inline constexpr std::size_t stop_bytes_max = 256;
inline constexpr std::size_t stop_token_ids_max = 32;
inline constexpr std::size_t ignored_names_max = 16;
} // namespace request_limits

/// Wishes of operators and tests about where a request runs: the `troupe` field of the body.
struct forced_placement {
  prefill_mode prefill = prefill_mode::auto_;
  std::string decode_worker;  ///< Node name; empty: free choice.
  std::string prefill_worker; ///< Node name; empty: free choice.
};

/// Names that a body had and nobody knows.
struct ignored_fields {
  std::vector<std::string> names; ///< The first few.
  std::size_t count = 0;
};

/// What every body that asks for text may say, whatever its prompt is.
struct generation_request {
  std::string model;
  sampling_request how;
  std::optional<std::uint32_t> max_tokens;
  std::string max_tokens_param = "max_tokens"; ///< The name the client used.
  std::uint32_t choices = 1;
  std::vector<std::string> stops;
  std::vector<token_id> stop_token_ids;
  bool stream = false;
  bool include_usage = false;
  bool ignore_eos = false;
  std::string affinity; ///< `prompt_cache_key`, else `user`.
  forced_placement forced;
  ignored_fields ignored;
};

struct request_options {
  bool allow_forced_placement = false;
  prefill_mode prefill = prefill_mode::auto_; ///< Of requests that do not say.
};

/// Where prompts are computed: "auto", "remote" or "local".
[[nodiscard]] std::optional<prefill_mode> parse_prefill_mode(std::string_view name);

/// `max_tokens` as clients may write it, at most what a number of tokens can be.
inline constexpr std::int64_t max_tokens_max = 1'000'000'000;

/// The parts of a reader of bodies that all endpoints share. Thread: any. What is wrong is added to
/// the reader's complaints; `field` is OpenAI's `param`, such as "stop[1]".
/// Source: facts of the OpenAI API, vLLM's extensions.
/// Checked: test/unit/gateway/chat_request_test.cpp, completion_request_test.cpp
namespace request_reading {

/// A body as JSON. Errors: malformed (position in the text), too_large, invalid_value for what is
/// no object, with `example` as the remedy. Cost: about 10 ns per byte.
[[nodiscard]] result<json::value> parse_body(std::string_view body, std::string_view example);

void read_model(const json::object_reader& body, std::string& out);

/// All of generation_request but `ignored`. `max_tokens_min` is the least that may be asked.
void read_generation(const json::object_reader& body, const request_options& options,
                     std::int64_t max_tokens_min, generation_request& out);

void read_affinity(const json::object_reader& body, std::string& out);

/// Complains about the first of `names` that is not null, false, 0 or empty: understood, not done,
/// so that nobody takes the answer for what it is not.
void refuse_truthy(const json::object_reader& body, std::span<const std::string_view> names);

/// Names of `document` that are none of `known`.
[[nodiscard]] ignored_fields unlisted_fields(const json::value& document,
                                             std::span<const std::string_view> known);

/// Names of `document` that neither read_generation nor refuse_truthy nor `known` knows.
[[nodiscard]] ignored_fields unknown_fields(const json::value& document,
                                            std::span<const std::string_view> known);

} // namespace request_reading

} // namespace troupe
