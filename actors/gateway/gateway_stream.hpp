// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/choice_text.hpp"
#include "actors/gateway/client_sink.hpp"
#include "messages/generate.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// One choice of one request at the gateway: what outlives its attempts, and the attempt in
/// progress. Owned and moved on by gateway_core only.
struct gateway_stream {
  enum class state : std::uint8_t {
    placing,  ///< A router is asked, or the pause before asking runs.
    waiting,  ///< At a worker, no token yet in this attempt.
    streaming ///< At a worker that has made tokens in this attempt.
  };

  gateway_stream(stream_id which, client_id whose, std::uint32_t number, choice_text side)
      : id(which), client(whose), choice(number), text(std::move(side)) {}

  stream_id id;
  client_id client;
  std::uint32_t choice;
  choice_text text;
  token_list accepted;
  std::uint32_t scored = 0; ///< Log probabilities of its prompt that the client has.

  state now = state::placing;
  attempt_id attempt;
  actor_ref peer;     ///< The router asked or the worker that holds the attempt; nobody: pausing.
  worker_id worker;   ///< While waiting or streaming.
  time_point peer_at; ///< When the peer was asked.
  time_point retry_at = time_point::max();
  time_point started_at; ///< Submitted, or lost its last worker: waiting for a place since.
  duration pause{0};
  node_ref filler;              ///< Who computes the prompt of this attempt; nobody: the worker.
  std::vector<node_ref> awaits; ///< Lives that may have ended by it, not told of yet.
  time_point awaits_until;

  std::uint64_t asked = 0;    ///< Number of the `embed` that is not answered; 0: none.
  bool peer_is_older = false; ///< A worker did not know that message.

  std::vector<worker_id> excluded;
  std::string move_to; ///< Node of the next attempt, by an operator's wish; empty: anywhere.
  std::uint32_t retries = 0;
  std::uint32_t lost = 0;

  std::uint64_t credit = 0; ///< Answer tokens granted, absolute.
  stream_phase phase = stream_phase::queued;
  time_point heard_at;
  time_point token_at; ///< Last token, or when it could have begun to make some.
  std::optional<time_point> queried_at;

  std::optional<time_point> first_token_at; ///< Of any attempt.
  time_point last_token_at;

  std::uint32_t placed_cached_tokens = 0;  ///< What the router expected of this attempt.
  std::optional<attempt_id> first_attempt; ///< The one that made the first token.
  std::uint32_t cached_tokens = 0;

  time_point wake_at = time_point::max();

  [[nodiscard]] bool at_worker() const { return now != state::placing; }
};

} // namespace troupe
