// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/block_naming.hpp"
#include "messages/vocab/sampling_limits.hpp"

#include <cstddef>
#include <cstdint>

/// Every maximum of the wire vocabulary, and the relations between them.
namespace troupe::limits {

/// Longest accepted prompt with its answer; longer ones are refused at the gateway.
inline constexpr std::size_t prompt_tokens_max = 131'072;

/// A control frame; a peer that sends more is disconnected.
inline constexpr std::size_t control_frame_bytes_max = std::size_t{1} << 20U;

/// One token on the wire: lists are packed little-endian u32.
inline constexpr std::size_t token_wire_bytes = 4;

inline constexpr std::size_t prompt_blocks_max = prompt_tokens_max / block_tokens;

/// Choices of one request.
inline constexpr std::size_t choices_max = 128;

/// Entries of one tokens message: sequences of one gateway in one step.
inline constexpr std::size_t step_entries_max = 4096;

/// Log probabilities of one tokens message, chosen and ranked ones; a worker sends more in several.
inline constexpr std::size_t step_logprobs_max = 32'768;

/// A ranked token on the wire: a map of two numbers.
inline constexpr std::size_t logprob_wire_bytes = 14;

/// Names in one kv message; a snapshot is cut into parts of this size.
inline constexpr std::size_t kv_names_max = 16'384;

/// Answer tokens a worker may make ahead of the gateway's credit, per stream.
inline constexpr std::uint64_t stream_credit_tokens = 64;

inline constexpr std::size_t members_max = 4096;
inline constexpr std::size_t stop_tokens_max = 128;

/// What operators are told at once: actors of a process, requests of a gateway with their last
/// attempts, messages of a trace.
inline constexpr std::size_t node_actors_max = 64;
inline constexpr std::size_t told_requests_max = 512;
inline constexpr std::size_t told_attempts_max = 8;
inline constexpr std::size_t trace_lines_max = 256;
inline constexpr std::size_t trace_text_bytes_max = 512;
inline constexpr std::uint32_t trace_rate_max = 1000;
inline constexpr std::uint32_t trace_ms_max = 10 * 60 * 1000;
inline constexpr std::uint32_t disturb_delay_us_max = 10'000'000;
inline constexpr std::size_t log_lines_max = 256;
inline constexpr std::size_t log_line_bytes_max = 8192 + 64;          ///< A line is cut at 8 KiB.
inline constexpr std::size_t log_bytes_max = std::size_t{256} << 10U; ///< Of one answer's lines.
inline constexpr std::uint32_t log_level_ms_max = 60 * 60 * 1000;
inline constexpr std::size_t heat_bands_max = 32;
inline constexpr std::size_t settings_max = 16;
inline constexpr std::size_t told_edits_max = 256;

/// Kinds of events that are told apart at an actor; wire types from this on are `other`.
inline constexpr std::size_t event_kinds_max = 256;

/// What is remembered of deaths: records of an agent with their requests and lines of log, requests
/// that a gateway quarantined.
inline constexpr std::size_t crashes_max = 64;
inline constexpr std::size_t dying_requests_max = 256;
inline constexpr std::size_t held_requests_max = 256;
inline constexpr std::size_t crash_log_lines_max = 20;
inline constexpr std::size_t quarantined_max = 256;

/// A question, a name or a command of an operator.
inline constexpr std::size_t operator_text_bytes_max = 65'536;
inline constexpr std::size_t operator_line_bytes_max = 1024;
inline constexpr std::size_t attachment_bytes_max = std::size_t{64} << 20U;

static_assert(prompt_tokens_max % block_tokens == 0, "a full prompt fills whole blocks");
static_assert(prompt_tokens_max * token_wire_bytes + 65'536 <= control_frame_bytes_max,
              "the longest prompt fits a control frame with its request");
static_assert(step_logprobs_max * logprob_wire_bytes + step_entries_max * 64 + 65'536
                  <= control_frame_bytes_max,
              "a step's log probabilities fit a control frame with its entries");
static_assert(kv_names_max * 16 + 65'536 <= control_frame_bytes_max,
              "the longest list of block names fits a control frame");
static_assert(prompt_blocks_max <= kv_names_max, "a prompt's names fit one list");

} // namespace troupe::limits
