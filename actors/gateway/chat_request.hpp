// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/sampling_request.hpp"
#include "messages/place.hpp"
#include "messages/vocab/tokens.hpp"
#include "runtime/base/result.hpp"
#include "runtime/json/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// What a client may ask in one request; over a limit the request is refused with its `param`.
namespace request_limits {
inline constexpr std::size_t messages_max = 2048;
inline constexpr std::size_t parts_max = 256;
inline constexpr std::size_t tools_max = 128;
inline constexpr std::size_t tool_bytes_max = 64 * 1024;
inline constexpr std::size_t tool_calls_max = 128;
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

/// A body of POST /v1/chat/completions, checked for all that can be checked without its model.
struct chat_request {
  std::string model;

  /// As chat templates expect them: {role, content, tool_calls?, tool_call_id?, name?}; content is
  /// always text (parts joined by a line feed), `developer` is called `system`, the arguments of
  /// tool calls are objects where they parse as such.
  json::value messages;
  json::value tools; ///< Array as given, or null; null also with tool_choice "none".

  sampling_request how;
  std::optional<std::uint32_t> max_tokens;
  std::string max_tokens_param = "max_tokens"; ///< The name the client used.
  std::uint32_t choices = 1;
  std::vector<std::string> stops;
  std::vector<token_id> stop_token_ids;
  bool stream = false;
  bool include_usage = false;
  bool parallel_tool_calls = true;
  bool ignore_eos = false;
  std::string affinity; ///< `prompt_cache_key`, else `user`.
  forced_placement forced;
  std::vector<std::string> ignored; ///< The first few names nobody knows.
  std::size_t ignored_count = 0;
};

struct request_options {
  bool allow_forced_placement = false;
  prefill_mode prefill = prefill_mode::auto_; ///< Of requests that do not say.
};

/// Where prompts are computed: "auto", "remote" or "local".
[[nodiscard]] std::optional<prefill_mode> parse_prefill_mode(std::string_view name);

/// Reads a body. Thread: any. Errors: malformed (position in the text), too_large, invalid_value,
/// unsupported, invalid_request; `field` is OpenAI's `param`, such as "messages[1].content".
/// Cost: about 10 ns per byte. Source: facts of the OpenAI API, vLLM's extensions.
/// Checked: test/unit/gateway/chat_request_test.cpp
[[nodiscard]] result<chat_request> parse_chat_request(std::string_view body,
                                                      const request_options& options);

/// `max_tokens` as clients may write it: at least 1, at most what a number of tokens can be.
inline constexpr std::int64_t max_tokens_max = 1'000'000'000;

} // namespace troupe
