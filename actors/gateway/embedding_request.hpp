// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/generation_request.hpp"
#include "actors/gateway/prompt_inputs.hpp"
#include "messages/vocab/pooling.hpp"
#include "runtime/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

namespace request_limits {
/// Of one request for embeddings, together.
inline constexpr std::size_t embedding_inputs_max = 2048;
inline constexpr std::uint64_t embedding_tokens_max = 300'000;
} // namespace request_limits

/// A body of POST /v1/embeddings, checked for all that can be checked without its model.
struct embedding_request {
  std::string model;
  prompt_inputs inputs;
  bool add_special = true;             ///< Texts begin and end as the tokenizer has them do.
  bool is_base64 = false;              ///< Little-endian fp32 instead of numbers.
  std::uint32_t dimensions = 0;        ///< So many of the first; 0: all.
  std::optional<pooling_kind> pooling; ///< Not told: the model's.
  std::string affinity;                ///< `user`.
  ignored_fields ignored;
};

/// Thread: any. Errors and cost: as parse_chat_request; `field` such as "input[3]".
/// Source: the OpenAI API; `pooling` and `add_special_tokens` are extensions.
/// Checked: test/unit/gateway/embedding_request_test.cpp
[[nodiscard]] result<embedding_request> parse_embedding_request(std::string_view body,
                                                                const request_options& options);

} // namespace troupe
