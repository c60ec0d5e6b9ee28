// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"
#include "messages/vocab/block_naming.hpp"
#include "messages/vocab/ids.hpp"
#include "messages/vocab/pooling.hpp"
#include "messages/vocab/sampling.hpp"
#include "messages/vocab/token_logprobs.hpp"
#include "messages/vocab/token_rules.hpp"
#include "messages/vocab/tokens.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

/// The interface of an engine: what a worker may ask of it and what it tells. An engine_host owns
/// weights, pool, block table, batch, sampler state, step loop and local prefix index; it plans its
/// own steps on its own thread and never hears of the cluster.
namespace troupe::engine {

/// Chosen by the submitter, never reused.
using sequence_id = strong_id<struct sequence_id_tag, std::uint64_t>;
using export_id = strong_id<struct export_id_tag, std::uint64_t>;

enum class work_class : std::uint8_t { interactive = 0, batch = 1 };

/// One choice of one request, as the engine sees it.
struct sequence_spec {
  sequence_id id;
  request_id request;   ///< Whose it is, for the words of a dying process.
  token_list prompt;    ///< Non-empty.
  token_list delivered; ///< Answer tokens the client already has: recomputed, not repeated.
  sampling how;
  token_rules rules;
  std::uint32_t choice = 0;
  std::uint32_t max_tokens = 0;      ///< Of the whole answer, delivered ones included. >= 1.
  std::vector<token_id> stop_tokens; ///< Ends with `stop`; the token itself is not reported.
  block_namer namer;
  work_class cls = work_class::interactive;
  std::int32_t priority = 0;      ///< Higher first.
  std::uint64_t credit_up_to = 0; ///< Answer tokens it may make before it pauses (absolute).

  /// Only computes prompt[0, cacheable_blocks) and reports each finished block as `exported`;
  /// samples nothing and ends with `length`. `export_from` skips blocks the receiver has.
  bool prefill_only = false;
  std::uint32_t export_from = 0;

  /// With how.prompt_logprobs: so many of them are known already. What is before the token that the
  /// next one is of may come from blocks, all after it is computed here.
  std::uint32_t scored = 0;

  /// Not none: samples nothing, tells one `embedded` and ends with `length`. All of the prompt is
  /// computed for it, and its blocks neither come from the prefix index nor enter it.
  pooling_kind pooling = pooling_kind::none;
};

// --- commands ------------------------------------------------------------------------------------

/// Takes blocks for the prompt and one step of growth, holding what the local index has of it.
/// Answered by `reserved` or `sequence_refused`. Nothing runs until `start`.
struct reserve {
  sequence_spec spec;
};

/// Bytes of block `index` of a reserved sequence: checked against name, layout and checksum,
/// copied into a slot, then `imported`. Refused blocks are simply computed later.
struct import_block {
  sequence_id id;
  std::uint32_t index = 0;
  block_name name;
  layout_id layout;
  std::uint64_t checksum = 0;
  blob data;
};

/// Runs a reserved sequence: queued imports first, then what is still missing is computed. Until
/// it has `alone_until` answer tokens (absolute; 0: at no time), no step of its computes another.
struct start {
  sequence_id id;
  std::uint32_t alone_until = 0;
};

/// Ends a sequence in whatever state, at the next step edge; answered by an end `cancelled`.
struct cancel {
  sequence_id id;
};

struct give_credit {
  sequence_id id;
  std::uint64_t up_to = 0;
};

/// Copies named blocks out of the pool: `exported` for each that is there, then `export_done`.
struct export_blocks {
  export_id id;
  std::vector<block_name> names;
  layout_id layout;
};

using command = std::variant<reserve, import_block, start, cancel, give_credit, export_blocks>;

// --- events --------------------------------------------------------------------------------------

enum class end_kind : std::uint8_t { stop = 0, length = 1, cancelled = 2, failed = 3 };

struct reserved {
  sequence_id id;
  std::uint32_t cached_blocks = 0; ///< Prefix in the local index, or coming from the host tier.
  std::uint32_t prompt_blocks =
      0; ///< cacheable_blocks(prompt + delivered): those that may be imported.
};

struct sequence_refused {
  sequence_id id;
  error why; ///< no_capacity (retryable), prompt_too_long, invalid_value.
};

struct imported {
  sequence_id id;
  std::uint32_t index = 0;
  bool ok = false;
};

/// New answer tokens of a running sequence, and perhaps its end.
struct produced {
  sequence_id id;
  std::uint32_t first_index = 0;
  token_list tokens;
  std::optional<end_kind> end;
  error why;                       ///< With end failed.
  std::uint32_t cached_tokens = 0; ///< With an end: prompt tokens taken from blocks, not computed.
  std::uint32_t computed_tokens = 0;         ///< With an end: prompt tokens computed here.
  std::vector<token_logprobs> logprobs = {}; ///< As `tokens`, or empty where none were asked for.
};

/// Log probabilities of consecutive tokens of a prompt, from token first + 1 on; of a sequence in
/// order and all of them before its first token.
struct scored {
  sequence_id id;
  std::uint32_t first = 0;
  std::vector<token_logprobs> logprobs;
};

/// What a prompt was pooled to, of any length; before the end of its sequence.
struct embedded {
  sequence_id id;
  std::vector<float> values; ///< [embedding_size], all finite.
};

enum class sequence_phase : std::uint8_t {
  queued = 0,
  filling = 1,
  running = 2,
  paused = 3,
  preempted = 4
};

struct phase_changed {
  sequence_id id;
  sequence_phase phase = sequence_phase::queued;
};

/// One block's bytes in staging memory: of an export, or of a prefill_only sequence.
struct exported {
  export_id id;            ///< Of the export, or
  sequence_id sequence;    ///< of the prefill_only sequence.
  std::uint32_t index = 0; ///< In the export's names, or in the sequence's blocks.
  block_name name;
  layout_id layout;
  std::uint64_t checksum = 0;
  blob data;
};

struct export_done {
  export_id id;
  std::vector<std::uint32_t> missing; ///< Indices of names that are not here (any more).
};

/// Complete, verified blocks that entered or left the index; the pool's log in order. `seq` counts
/// entries of this incarnation from 1 without gaps.
struct pool_log_entry {
  std::uint64_t seq = 0;
  std::vector<block_name> stored;
  std::vector<block_name> removed;
};

struct engine_stats {
  std::uint64_t step = 0;
  std::uint32_t running = 0;
  std::uint32_t waiting = 0;
  std::uint32_t reserved = 0;
  std::uint32_t free_blocks = 0; ///< Free or evictable.
  std::uint32_t total_blocks = 0;
  std::uint32_t owned_blocks = 0;  ///< Written by one sequence.
  std::uint32_t shared_blocks = 0; ///< Complete and named, held by sequences or not.
  std::uint32_t limbo_blocks = 0;
  std::uint64_t waiting_prompt_tokens = 0;
  float step_ms = 0;              ///< Of the last step.
  float prefill_tokens_per_s = 0; ///< Smoothed; 0 before the first.
  float decode_tokens_per_s = 0;
  double step_seconds = 0;          ///< Of all steps.
  std::uint64_t prefill_tokens = 0; ///< Prompt tokens computed since the start.
  std::uint64_t decode_tokens = 0;  ///< Answer tokens computed since the start.
  std::uint32_t host_blocks = 0;    ///< In the host tier.
  std::uint64_t host_hits = 0;      ///< Blocks that came from there since the start.
};

using event = std::variant<reserved, sequence_refused, imported, produced, phase_changed, exported,
                           export_done, pool_log_entry, scored, embedded>;

/// What happened since the last batch, in order; at most one batch per step edge.
struct step_events {
  std::vector<event> events;
  engine_stats stats;
};

/// Told on the engine's thread (the virtual queue in the simulation): must not block; an actor's
/// shell posts it to the actor.
using event_sink = std::function<void(step_events)>;

struct host_options {
  std::uint32_t pool_blocks = 0; ///< 0: chosen from pool_bytes.
  std::size_t pool_bytes = std::size_t{64} << 20U;
  std::uint32_t step_tokens_max = 512; ///< Prefill chunk budget and decode rows of one step.
  std::uint32_t sequences_max = 256;   ///< In any state; more are refused with no_capacity.
  std::uint32_t commands_max = 4096;   ///< Queued commands.
  std::size_t staging_bytes_max = std::size_t{64} << 20U; ///< Exported bytes not yet let go.
  bool prefix_cache = true;
  std::size_t host_tier_bytes = 0; ///< Copies of blocks of a device's pool; needs the prefix cache.
};

class engine_host {
public:
  engine_host() = default;
  engine_host(const engine_host&) = delete;
  engine_host& operator=(const engine_host&) = delete;
  virtual ~engine_host() = default;

  [[nodiscard]] virtual const executor_traits& traits() const = 0;
  [[nodiscard]] virtual std::uint32_t pool_blocks() const = 0;

  /// Called once before the first command.
  virtual void listen(event_sink sink) = 0;

  /// Thread: any. Errors: overloaded (the command queue is full; nothing was taken).
  [[nodiscard]] virtual result<void> try_submit(command what) = 0;

  /// The names in the index now and the seq of the last log entry they include.
  struct snapshot {
    std::uint64_t as_of = 0;
    std::vector<block_name> names;
  };
  /// Thread: any; answered through `done` like an event, in order with the log.
  virtual void take_snapshot(std::function<void(snapshot)> done) = 0;
};

} // namespace troupe::engine
