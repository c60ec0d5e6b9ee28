// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/generation_request.hpp"

#include <cstddef>
#include <string_view>

namespace troupe {

namespace request_limits {
inline constexpr std::size_t messages_max = 2048;
inline constexpr std::size_t parts_max = 256;
inline constexpr std::size_t tools_max = 128;
inline constexpr std::size_t tool_bytes_max = 64 * 1024;
inline constexpr std::size_t tool_calls_max = 128;
} // namespace request_limits

/// A body of POST /v1/chat/completions, checked for all that can be checked without its model.
struct chat_request : generation_request {
  /// As chat templates expect them: {role, content, tool_calls?, tool_call_id?, name?}; content is
  /// always text (parts joined by a line feed), `developer` is called `system`, the arguments of
  /// tool calls are objects where they parse as such.
  json::value messages;
  json::value tools; ///< Array as given, or null; null also with tool_choice "none".
  bool parallel_tool_calls = true;
};

/// Reads a body. Thread: any. Errors: malformed (position in the text), too_large, invalid_value,
/// unsupported, invalid_request; `field` is OpenAI's `param`, such as "messages[1].content".
/// Cost: about 10 ns per byte. Source: facts of the OpenAI API, vLLM's extensions.
/// Checked: test/unit/gateway/chat_request_test.cpp
[[nodiscard]] result<chat_request> parse_chat_request(std::string_view body,
                                                      const request_options& options);

} // namespace troupe
