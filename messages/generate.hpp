// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "messages/place.hpp"
#include "messages/vocab/block_naming.hpp"
#include "messages/vocab/ids.hpp"
#include "messages/vocab/sampling.hpp"
#include "messages/vocab/token_logprobs.hpp"
#include "messages/vocab/token_rules.hpp"
#include "messages/vocab/tokens.hpp"
#include "messages/worker.hpp"
#include "runtime/base/error.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// The conversation between a gateway and a decode worker: the life of a stream.
namespace troupe {

/// One choice of a request. `delivered` are the answer tokens the client already has.
struct stream_start {
  stream_id stream;
  attempt_id attempt;
  std::uint32_t choice = 0;
  token_list delivered;
  std::uint64_t credit = 0; ///< Answer tokens it may make, absolute.

  /// Log probabilities of the prompt that the client has already, the first token not counted.
  std::uint32_t scored = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "stream", &stream_start::stream),
                      field(2, "attempt", &stream_start::attempt),
                      field(3, "choice", &stream_start::choice),
                      field(4, "delivered", &stream_start::delivered, limits::prompt_tokens_max),
                      field(5, "credit", &stream_start::credit),
                      field(6, "scored", &stream_start::scored)};
  }
};

/// GATEWAY to DECODE WORKER: run these streams. Answered per stream by `stream_state` and `tokens`,
/// or by `generate_refused`. A re-placement is the same message with what was delivered.
struct generate {
  static constexpr wire_type type = 20;
  static constexpr std::string_view name = "generate";
  static constexpr traffic traffic_class = traffic::request;

  request_id request;
  identity who;
  token_list prompt; ///< Non-empty.
  sampling how;
  std::uint32_t max_tokens = 0; ///< Of each whole answer.
  std::vector<token_id> stop_tokens;
  work_class cls = work_class::interactive;
  std::int32_t priority = 0;
  placement_seen placed; ///< Which placement this is.
  std::vector<stream_start> streams;
  std::optional<worker_ref> prefill; ///< Who computes the prompt; none: here.
  std::optional<transfer_id> warm;   ///< A migration that has brought the blocks.

  /// It may have killed a worker: each answer is computed in steps of its own until it has so many
  /// tokens. 0: with others.
  std::uint32_t alone_until = 0;
  token_rules rules;

  static constexpr auto fields() {
    return std::tuple{field(1, "request", &generate::request),
                      field(2, "who", &generate::who),
                      field(3, "prompt", &generate::prompt, limits::prompt_tokens_max),
                      field(4, "how", &generate::how),
                      field(5, "max_tokens", &generate::max_tokens),
                      field(6, "stop_tokens", &generate::stop_tokens, limits::stop_tokens_max),
                      field(7, "cls", &generate::cls),
                      field(8, "priority", &generate::priority),
                      field(9, "placed", &generate::placed),
                      field(10, "streams", &generate::streams, limits::choices_max),
                      field(11, "prefill", &generate::prefill),
                      field(12, "warm", &generate::warm),
                      field(13, "alone_until", &generate::alone_until),
                      field(14, "rules", &generate::rules)};
  }
};

/// GATEWAY to WORKER: nobody listens to this attempt any more.
struct cancel {
  static constexpr wire_type type = 21;
  static constexpr std::string_view name = "cancel";
  static constexpr traffic traffic_class = traffic::free;

  stream_id stream;
  attempt_id attempt;

  static constexpr auto fields() {
    return std::tuple{field(1, "stream", &cancel::stream), field(2, "attempt", &cancel::attempt)};
  }
};

/// GATEWAY to WORKER: answer tokens it may make; absolute, so that a newer replaces an older.
struct stream_credit {
  static constexpr wire_type type = 22;
  static constexpr std::string_view name = "stream_credit";
  static constexpr traffic traffic_class = traffic::free;

  stream_id stream;
  attempt_id attempt;
  std::uint64_t up_to = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "stream", &stream_credit::stream),
                      field(2, "attempt", &stream_credit::attempt),
                      field(3, "up_to", &stream_credit::up_to)};
  }
};

enum class stream_end_kind : std::uint8_t { stop = 0, length = 1, moved = 2, failed = 3 };
constexpr stream_end_kind last_enumerator(stream_end_kind) {
  return stream_end_kind::failed;
}

/// How an attempt ended at its worker.
struct stream_end {
  stream_end_kind kind = stream_end_kind::stop;
  error why;                         ///< With failed.
  std::uint32_t cached_tokens = 0;   ///< Prompt tokens taken from blocks.
  std::uint32_t computed_tokens = 0; ///< Prompt tokens computed for it, wherever.

  static constexpr auto fields() {
    return std::tuple{field(1, "kind", &stream_end::kind), field(2, "why", &stream_end::why),
                      field(3, "cached_tokens", &stream_end::cached_tokens),
                      field(4, "computed_tokens", &stream_end::computed_tokens)};
  }
};

/// New answer tokens of one attempt. Counts only from the worker that holds the attempt and only if
/// first_index equals the number accepted; lower is a duplicate, higher breaks the stream. The same
/// holds of log probabilities of the prompt and first_scored; all of them come before the first
/// token.
struct token_entry {
  stream_id stream;
  attempt_id attempt;
  std::uint32_t first_index = 0;
  token_list tokens;
  std::optional<stream_end> end;
  std::vector<token_logprobs> logprobs; ///< As `tokens`, or empty where none were asked for.
  std::uint32_t first_scored = 0;       ///< With prompt_logprobs: the first is of this token + 1.
  std::vector<token_logprobs> prompt_logprobs; ///< Of consecutive tokens of the prompt.

  static constexpr auto fields() {
    return std::tuple{
        field(1, "stream", &token_entry::stream),
        field(2, "attempt", &token_entry::attempt),
        field(3, "first_index", &token_entry::first_index),
        field(4, "tokens", &token_entry::tokens, limits::prompt_tokens_max),
        field(5, "end", &token_entry::end),
        field(6, "logprobs", &token_entry::logprobs, limits::prompt_tokens_max),
        field(7, "first_scored", &token_entry::first_scored),
        field(8, "prompt_logprobs", &token_entry::prompt_logprobs, limits::prompt_tokens_max)};
  }
};

/// WORKER to GATEWAY: everything one step made for it.
struct tokens {
  static constexpr wire_type type = 23;
  static constexpr std::string_view name = "tokens";
  static constexpr traffic traffic_class = traffic::ordered;

  std::uint64_t step = 0;
  std::vector<token_entry> entries;

  static constexpr auto fields() {
    return std::tuple{field(1, "step", &tokens::step),
                      field(2, "entries", &tokens::entries, limits::step_entries_max)};
  }
};

/// WORKER to GATEWAY: these attempts were not taken: no_capacity, wrong_model, draining (retryable,
/// free of charge), prompt_too_long, invalid_value (final). The report is fresh.
struct generate_refused {
  static constexpr wire_type type = 24;
  static constexpr std::string_view name = "generate_refused";
  static constexpr traffic traffic_class = traffic::ordered;

  std::vector<stream_id> streams;
  attempt_id attempt;
  error why;
  worker_report report;

  static constexpr auto fields() {
    return std::tuple{field(1, "streams", &generate_refused::streams, limits::choices_max),
                      field(2, "attempt", &generate_refused::attempt),
                      field(3, "why", &generate_refused::why),
                      field(4, "report", &generate_refused::report)};
  }
};

enum class stream_phase : std::uint8_t {
  queued = 0,
  filling = 1,
  running = 2,
  paused = 3,
  preempted = 4
};
constexpr stream_phase last_enumerator(stream_phase) {
  return stream_phase::preempted;
}

/// WORKER to GATEWAY: on each change of phase, and as the answer to `stream_query`.
struct stream_state {
  static constexpr wire_type type = 25;
  static constexpr std::string_view name = "stream_state";
  static constexpr traffic traffic_class = traffic::ordered;

  stream_id stream;
  attempt_id attempt;
  stream_phase phase = stream_phase::queued;
  std::uint32_t eta_ms = 0; ///< 0: unknown.

  static constexpr auto fields() {
    return std::tuple{
        field(1, "stream", &stream_state::stream), field(2, "attempt", &stream_state::attempt),
        field(3, "phase", &stream_state::phase), field(4, "eta_ms", &stream_state::eta_ms)};
  }
};

/// GATEWAY to WORKER: nothing heard of this attempt for long. Unknown ones are answered by an end.
struct stream_query {
  static constexpr wire_type type = 26;
  static constexpr std::string_view name = "stream_query";
  static constexpr traffic traffic_class = traffic::free;

  stream_id stream;
  attempt_id attempt;

  static constexpr auto fields() {
    return std::tuple{field(1, "stream", &stream_query::stream),
                      field(2, "attempt", &stream_query::attempt)};
  }
};

} // namespace troupe
