// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "messages/place.hpp"
#include "messages/vocab/ids.hpp"
#include "messages/vocab/pooling.hpp"
#include "messages/vocab/tokens.hpp"
#include "messages/worker.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string_view>
#include <tuple>
#include <vector>

/// Embeddings between a gateway and a decode worker. An attempt at one is a stream's: `cancel`,
/// `stream_state` and `stream_query` are said of it as of an answer.
namespace troupe {

/// GATEWAY to DECODE WORKER (request): pool this prompt. Answered by `embedded`, or by an error:
/// no_capacity, wrong_model, draining (retryable, free of charge), prompt_too_long, unsupported
/// (its engine gives no hidden states), invalid_value (final), cancelled. A worker that does not
/// know it is never sent it: unknown_type (retryable elsewhere).
struct embed {
  static constexpr wire_type type = 27;
  static constexpr std::string_view name = "embed";
  static constexpr traffic traffic_class = traffic::request;

  request_id request;
  identity who;
  stream_id stream;
  attempt_id attempt;
  token_list prompt; ///< Non-empty.
  pooling_kind pooling = pooling_kind::last;
  work_class cls = work_class::interactive;
  std::int32_t priority = 0;
  placement_seen placed;         ///< Which placement this is.
  std::uint32_t alone_until = 0; ///< Not 0: it may have killed a worker, and is computed alone.

  static constexpr auto fields() {
    return std::tuple{field(1, "request", &embed::request),
                      field(2, "who", &embed::who),
                      field(3, "stream", &embed::stream),
                      field(4, "attempt", &embed::attempt),
                      field(5, "prompt", &embed::prompt, limits::prompt_tokens_max),
                      field(6, "pooling", &embed::pooling),
                      field(7, "cls", &embed::cls),
                      field(8, "priority", &embed::priority),
                      field(9, "placed", &embed::placed),
                      field(10, "alone_until", &embed::alone_until)};
  }
};

/// WORKER to GATEWAY: what the prompt was pooled to, of any length.
struct embedded {
  static constexpr wire_type type = 28;
  static constexpr std::string_view name = "embedded";
  static constexpr traffic traffic_class = traffic::ordered;

  stream_id stream;
  attempt_id attempt;
  std::vector<float> values; ///< As many as the model's hidden size.

  static constexpr auto fields() {
    return std::tuple{field(1, "stream", &embedded::stream),
                      field(2, "attempt", &embedded::attempt),
                      field(3, "values", &embedded::values, limits::embedding_size_max)};
  }
};

} // namespace troupe
