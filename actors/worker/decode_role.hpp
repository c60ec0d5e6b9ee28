// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/worker/fills.hpp"
#include "actors/worker/offers.hpp"
#include "actors/worker/token_batch.hpp"
#include "actors/worker/worker_shared.hpp"
#include "messages/embed.hpp"
#include "messages/generate.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace troupe {

/// Runs the streams of gateways: waiting (for blocks, at most capacity_wait) -> reserving ->
/// filling (blocks come from a prefill worker or a shard) -> started -> gone with its one end.
///
/// A stream that cannot be taken is answered by `generate_refused` with a fresh report. Falling
/// back from a remote prefill means starting with what has come; the engine computes the rest: up
/// to the first token alone if the prefill worker died, since the prompt may have killed it.
/// An end says what the prompt cost: cached tokens came from blocks that were cached somewhere,
/// computed ones were computed for this attempt here or at the prefill worker (work done twice is
/// counted twice, so both together may exceed the prompt).
///
/// An embedding is a stream that makes no tokens: `embed` is answered once, as the request it is.
///
/// Thread: inside the actor. Invariants: I-1 for attempts, I-4, I-5, I-15.
/// Checked: test/unit/worker/worker_decode_test.cpp, worker_remote_prefill_test.cpp,
/// worker_embeddings_test.cpp
class decode_role {
public:
  decode_role(worker_shared& shared, fills& loading, offers& offered)
      : shared_(shared), fills_(loading), offers_(offered) {}

  void on(const generate& what, context& cx);
  void on(const embed& what, context& cx);
  void on(const cancel& what, context& cx);
  void on(const stream_credit& what, context& cx);
  void on(const stream_query& what, context& cx);

  [[nodiscard]] bool owns(engine::sequence_id id) const { return by_sequence_.contains(id); }
  void on(const engine::reserved& what, context& cx);
  void on(const engine::sequence_refused& what, context& cx);
  void on(const engine::produced& what, context& cx);
  void on(const engine::phase_changed& what, context& cx);
  void on(const engine::scored& what);
  void on(const engine::embedded& what, context& cx);
  void filled(const fills::result& what, context& cx);
  void split(const fills::split& what);

  void gateway_down(const actor_ref& who, context& cx);
  void tick(context& cx);
  [[nodiscard]] std::optional<time_point> next_wake() const;
  /// Sends what the batch of events made.
  void flush(std::uint64_t step, context& cx) { batch_.flush(step, cx.out); }

  [[nodiscard]] std::size_t size() const { return streams_.size(); }
  [[nodiscard]] std::uint32_t waiting() const;
  [[nodiscard]] std::uint64_t waiting_tokens() const;
  void check_invariants() const;

private:
  enum class stage : std::uint8_t { waiting, reserving, filling, started };
  struct key {
    actor_ref gateway;
    stream_id stream;
    friend auto operator<=>(const key&, const key&) = default;
  };
  struct decode_stream {
    attempt_id attempt;
    request_id request;
    identity who;
    work_class cls = work_class::interactive;
    std::optional<worker_ref> prefill;
    engine::sequence_spec spec; ///< Prompt and delivered only until it starts.
    std::vector<block_name> names;
    stage at = stage::waiting;
    stream_phase told = stream_phase::queued;
    std::uint64_t credit = 0;
    time_point give_up;
    time_point retry;
    std::uint32_t prompt_tokens = 0; ///< Of the prompt without delivered ones.
    std::uint32_t alone_until = 0;   ///< As in `generate`.
    bool requeued = false;           ///< Waited for blocks, or fell back.

    fills::result fill; ///< Of a remote prefill.
    std::optional<fills::split> remote;

    std::optional<delivery> asked; ///< The `embed` that is not answered yet.
  };
  using table = std::map<key, decode_stream>;

  [[nodiscard]] std::optional<error> refusal(const generate& what, const stream_start& one) const;
  [[nodiscard]] std::optional<error> refusal(const embed& what) const;
  /// False: this attempt or a later one is here; an earlier one no longer is.
  [[nodiscard]] bool is_new(const actor_ref& gateway, stream_id stream, attempt_id attempt,
                            context& cx);
  void admit(const generate& what, const stream_start& one, context& cx);
  void refuse(const actor_ref& gateway, stream_id stream, attempt_id attempt, error why,
              context& cx);
  void turn_away(table::iterator it, error why, context& cx);
  void reserve(table::iterator it, context& cx);
  void no_capacity(table::iterator it, error why, context& cx);
  void fill(table::iterator it, std::uint32_t cached_blocks, context& cx);
  void start(table::iterator it);
  void tell_phase(table::iterator it, stream_phase phase, context& cx);
  [[nodiscard]] stream_end end_of(const decode_stream& what, const engine::produced& made) const;
  [[nodiscard]] attempt_id shown(const decode_stream& what) const;
  [[nodiscard]] table::iterator find(engine::sequence_id id);
  [[nodiscard]] table::iterator find(const actor_ref& gateway, stream_id stream,
                                     attempt_id attempt);
  /// `cancel_sequence`: the engine does not know yet.
  void erase(table::iterator it, bool cancel_sequence, context& cx);

  worker_shared& shared_;
  fills& fills_;
  offers& offers_;
  table streams_;
  std::map<engine::sequence_id, key> by_sequence_;
  std::set<key> waiting_;
  token_batch batch_;
};

} // namespace troupe
