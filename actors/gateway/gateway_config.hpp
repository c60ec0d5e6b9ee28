// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/audit.hpp"
#include "runtime/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace troupe {

struct gateway_config {
  std::string name = "gateway";
  audit_sink log; ///< Of operators' orders.

  /// Keys the names of blocks; the same on every node of a cluster.
  std::uint64_t cluster_secret = 0;

  /// Choices of all requests in service; the next request is refused with `overloaded`.
  std::size_t streams_max = 16'384;

  /// Models whose tokenizer and template are kept; further ones are not served by this gateway.
  std::size_t models_max = 64;

  /// A request that has not ended by then ends with `timeout`.
  duration request_timeout = 600s;

  /// A router that has not answered by then is passed over for another.
  duration place_timeout = 5s;

  /// How long a router that is down or silent is not asked.
  duration router_rest = 200ms;

  /// How long a new stream waits for a router or worker to appear; a stream with accepted tokens
  /// waits for `resumed_wait`.
  duration unplaced_wait = 10s;
  duration resumed_wait = 60s;

  /// Re-placements for failures that the request itself may have caused.
  std::uint32_t retries_max = 3;

  /// Workers that may be lost under one stream: innocent streams never come near it, a request that
  /// kills its workers stops there.
  std::uint32_t lost_workers_max = 16;

  /// After a worker was lost: for its agent's word of the death, if there is an agent at all.
  /// Usually it comes within milliseconds; later it still counts.
  duration death_word_wait = 200ms;
  duration suspect_word_wait = 2s; ///< The same for a stream that a death has named before.

  /// How long requests equal to one that was quarantined are refused.
  duration quarantine_time = 10min;

  /// How long another gateway may take to say that it heard of such requests, and the pause before
  /// it is told again; doubles.
  duration word_timeout = 2s;
  duration word_retry_min = 200ms;
  duration word_retry_max = 2s;

  /// Pause before the second and later re-placements without progress; doubles.
  duration backoff_min = 10ms;
  duration backoff_max = 200ms;

  /// A worker that said nothing of a stream for so long (running: made no token) is queried, and
  /// left if it does not answer within query_timeout.
  duration silence_max = 10s;
  duration query_timeout = 2s;

  /// Answer tokens a worker may be ahead of the client.
  std::uint64_t credit_tokens = 64;

  /// Inputs of one request for embeddings that are at workers at once, and their tokens; one is
  /// always.
  std::size_t inputs_ahead = 32;
  std::uint64_t input_tokens_ahead = 8192;

  duration card_timeout = 10s;
  duration card_retry_min = 100ms;
  duration card_retry_max = 2s;
};

/// Switches that break a rule, so that the simulation can prove that it would notice.
struct gateway_mutants {
  bool reused_stream_ids = false;   ///< The lowest number free now, instead of a fresh one.
  bool ignores_deaths = false;      ///< Places a request again whatever died of it.
  bool suspects_in_company = false; ///< Has suspects computed together with others.
  bool blames_bystanders = false;   ///< Takes everybody in a dying step for its cause.
  bool word_kept = false;           ///< Tells no other gateway whom it condemned.
  bool word_unrepeated = false;     ///< Takes what it told for heard.
  bool latecomers_untold = false;   ///< Tells only the gateways that are there when it condemns.
};

} // namespace troupe
