// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/token_logprobs.hpp"
#include "messages/vocab/tokens.hpp"
#include "runtime/base/error.hpp"
#include "runtime/base/strong_id.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace troupe {

/// One accepted HTTP request (or simulated client) of this gateway; chosen by whoever submits,
/// never reused.
using client_id = strong_id<struct client_id_tag, std::uint64_t>;

enum class finish_reason : std::uint8_t { stop, length, tool_calls };

/// What a request used: the client's prompt once, the accepted answer tokens of the choices that
/// have ended (I-3).
struct token_usage {
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  std::uint64_t cached_tokens = 0; ///< Of the prompt.

  friend bool operator==(const token_usage&, const token_usage&) = default;
};

/// A piece of one tool call. `id` and `name` come with its first piece only, complete.
struct tool_call_delta {
  std::uint32_t index = 0;
  std::string id;
  std::string name;
  std::string arguments;

  friend bool operator==(const tool_call_delta&, const tool_call_delta&) = default;
};

/// What one step added to a choice. Text is whole UTF-8 characters; it may be empty while tokens
/// are held back for a stop string, a tool call or an unfinished character.
struct choice_delta {
  std::string text;
  std::string reasoning;
  std::vector<tool_call_delta> tool_calls;
  std::span<const token_id> tokens;         ///< Accepted; valid during the call.
  std::span<const token_logprobs> logprobs; ///< As `tokens`, or empty; valid during the call.

  /// Of consecutive tokens of the prompt from its second on, before any token; valid during the
  /// call.
  std::span<const token_logprobs> prompt_logprobs;

  /// Whole, of any length; the only delta of an input that is embedded; valid during the call.
  std::span<const float> embedding;
};

/// Where a gateway_core puts what clients are to see: the HTTP side, or the simulation. Called
/// inside the actor; must not block and must not call the core back. Per client: deltas and one end
/// per choice until all choices have ended, or one error; nothing after that, nothing after
/// client_gone.
class client_sink {
public:
  client_sink() = default;
  client_sink(const client_sink&) = delete;
  client_sink& operator=(const client_sink&) = delete;
  virtual ~client_sink() = default;

  /// False: the client is behind; no more credit is given until set_client_window says otherwise.
  virtual bool on_delta(client_id who, std::uint32_t choice, const choice_delta& what) = 0;

  /// `used` is the whole request's with this choice; final with the last choice.
  virtual void on_end(client_id who, std::uint32_t choice, finish_reason why,
                      const token_usage& used) = 0;

  virtual void on_error(client_id who, const error& why) = 0;
};

} // namespace troupe
