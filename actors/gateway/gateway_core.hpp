// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/core.hpp"
#include "actors/gateway/cancel_limiter.hpp"
#include "actors/gateway/client_sink.hpp"
#include "actors/gateway/cluster_view.hpp"
#include "actors/gateway/gateway_config.hpp"
#include "actors/gateway/gateway_stream.hpp"
#include "actors/gateway/lost_workers.hpp"
#include "actors/gateway/model_cards.hpp"
#include "actors/gateway/prepare.hpp"
#include "actors/gateway/quarantine.hpp"
#include "actors/gateway/quarantine_word.hpp"
#include "actors/gateway/request_record.hpp"
#include "actors/gateway/suspicion.hpp"
#include "messages/embed.hpp"
#include "runtime/base/distribution.hpp"
#include "runtime/base/rng.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace troupe {

/// A request handed to the core. `client` and `request` are the submitter's, never reused.
struct client_submission {
  client_id client;
  request_id request;
  std::shared_ptr<const prepared> what;
};

/// Counters since the start, for status, metrics and tests.
struct gateway_stats {
  std::size_t requests = 0; ///< In service now.
  std::size_t streams = 0;  ///< Of them; a request has one per choice.
  std::uint64_t submitted = 0;
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t abandoned = 0;   ///< The client went away.
  std::uint64_t replaced = 0;    ///< Attempts after the first.
  std::uint64_t charged = 0;     ///< Of the failed attempts, those that cost a request's retries.
  std::uint64_t suspected = 0;   ///< Namings of a request by a proven death.
  std::uint64_t quarantined = 0; ///< Requests that ended so, and equal ones refused at the door.
  std::uint64_t condemned_elsewhere = 0; ///< Such requests that other gateways told of.
  std::uint64_t moved = 0;               ///< Streams placed again by an operator's wish.
  std::uint64_t accepted_tokens = 0;
  std::uint64_t duplicate_entries = 0;
  std::uint64_t broken_streams = 0;
  std::uint64_t unknown_entries = 0;
  std::uint64_t prompt_tokens = 0; ///< Of accepted requests.
  std::uint64_t cached_tokens = 0; ///< Of the prompts of ended ones: not computed for them.
  distribution first_token_s{latency_bounds()}; ///< From submission, per stream.
  distribution token_s{latency_bounds()};       ///< Between tokens: the mean of each stream.
  distribution request_s{latency_bounds()};     ///< Of completed requests.

  /// 0.5 ms to some 500 s, doubling.
  [[nodiscard]] static std::vector<double> latency_bounds();
};

/// Owns the streams of its clients: their text side, accepted tokens, usage, retry budget, seed.
/// Every choice is a stream of its own, placing -> waiting -> streaming -> ended; failures lead
/// back to placing with a new attempt and the accepted tokens, so that clients see a pause, not a
/// seam. Only this class mints attempts.
///
/// Thread: inside the actor. Invariants: I-1, I-2, I-3; every table is bounded by streams_max.
/// Checked: test/unit/gateway/gateway_core_*_test.cpp, test/sim
class gateway_core {
public:
  using handles = message_list<placement, refused, tokens, generate_refused, stream_state, members,
                               status_query, requests_query, prompt_query, crash_told,
                               crashes_query, quarantine_told, move_request>;

  /// `sink`, `texts` and `reader` must outlive the core; what the reader says is passed on as
  /// `on_card`. `self` is this actor.
  gateway_core(gateway_config config, actor_ref self, std::uint64_t seed, client_sink& sink,
               text_registry& texts, card_reader& reader, gateway_mutants mutants = {});

  void on_card(const card_read& what, context& cx) { cards_.on_read(what, cx); }

  /// Requires: a fresh client. Ends in the sink exactly once, perhaps before this returns
  /// (overloaded, draining).
  void submit(client_submission what, context& cx);

  /// The client's connection has ended: everything of it is cancelled, the sink hears no more.
  void client_gone(client_id who, context& cx);

  /// Whether the client keeps up; while not, its workers get no further credit.
  void set_client_window(client_id who, bool open, context& cx);

  /// From now on submissions are refused with `draining`; idle() says when all have ended.
  void begin_drain() { is_draining_ = true; }
  [[nodiscard]] bool idle() const { return clients_.empty(); }

  void on(const placement& what, context& cx);
  void on(const refused& what, context& cx);
  void on(const tokens& what, context& cx);
  void on(const generate_refused& what, context& cx);
  void on(const stream_state& what, context& cx);
  void on(const members& what, context& cx);
  void on(const status_query& what, context& cx);
  void on(const requests_query& what, context& cx);
  void on(const prompt_query& what, context& cx);
  void on(const crash_told& what, context& cx);
  void on(const crashes_query& what, context& cx);
  void on(const quarantine_told& what, context& cx);
  void on(const move_request& what, context& cx);

  void on_response(std::uint64_t request, const delivery& answer, context& cx);
  void on_down(const actor_ref& who, const error& why, context& cx);
  void tick(context& cx);
  [[nodiscard]] std::optional<time_point> next_wake() const;
  void check_invariants() const;

  [[nodiscard]] gateway_stats stats() const;
  [[nodiscard]] std::size_t stream_count() const { return streams_.size(); }

private:
  using stream = gateway_stream;

  struct client {
    client_id id;
    request_id request;
    std::shared_ptr<const prepared> what;
    sampling how;
    time_point submitted_at;
    time_point deadline;
    std::vector<stream_id> open; ///< Choices that have begun and not ended.
    std::uint32_t begun = 0;     ///< Choices that have begun.
    token_usage used;
    bool window_open = true;
    request_record told;
    suspicion doubt;
  };

  /// Whom a failure is charged to.
  enum class charge : std::uint8_t { nobody, link, request };

  // gateway_clients.cpp: the client's side and the ends.
  void finish(stream& s, finish_reason why, context& cx);
  void fail(client_id who, const error& why, context& cx);
  void release(stream& s, bool tell_worker, context& cx);
  void flush(stream& s, std::span<const token_id> accepted,
             std::span<const token_logprobs> logprobs,
             std::span<const token_logprobs> of_prompt = {});
  [[nodiscard]] stream_id fresh_stream_id();

  // gateway_placing.cpp: from a stream to an attempt that runs.
  void place_now(stream& s, context& cx);
  void start_attempt(stream& s, const placement& where, context& cx);
  void replace(stream& s, const error& why, charge whom, context& cx);
  void handle_failure(stream& s, const error& why, context& cx);
  void detach(stream& s);
  void attach(stream& s, const actor_ref& peer, context& cx);
  [[nodiscard]] bool waited_too_long(const stream& s, time_point now) const;

  // gateway_core.cpp: what workers say.
  void on_entry(const token_entry& entry, context& cx);
  /// False: the stream is placed again.
  [[nodiscard]] bool accept_scores(stream& s, const token_entry& entry, context& cx);
  void accept(stream& s, const token_entry& entry, std::size_t skip, context& cx);
  void on_end(stream& s, const stream_end& end, context& cx);
  void top_up(stream& s, context& cx);
  [[nodiscard]] stream* current(stream_id id, attempt_id attempt, const actor_ref& sender);
  void answer_unknown(stream_id id, attempt_id attempt, context& cx);

  // gateway_embeddings.cpp: streams that make one embedding and no tokens, some of a request at a
  // time.
  void ask_embedding(stream& s, embed order, context& cx);
  /// False: the answer is of something else.
  [[nodiscard]] bool on_embedding(std::uint64_t request, const delivery& answer, context& cx);
  void take_embedding(stream& s, const embedded& made, context& cx);
  [[nodiscard]] bool may_begin(const client& whose) const;
  void begin_streams(client_id who, context& cx);

  // gateway_deaths.cpp: workers that died, and who may have killed them.
  void await_word(stream& s, bool made_tokens, time_point now);
  void suspect(const crash_record& crash, context& cx);
  void condemn(client& whose, context& cx);
  [[nodiscard]] bool is_quarantined(const client_submission& what, time_point now);
  void spread_word(context& cx);

  // gateway_moves.cpp: by an operator's wish.
  [[nodiscard]] result<client*> find_open(request_id which);
  [[nodiscard]] result<cluster_view::worker> target_of(const client& whose,
                                                       const std::string& node) const;

  // gateway_told.cpp: for operators.
  void remember(client& whose, request_phase how, const error& why, context& cx);

  // gateway_watch.cpp: time.
  void watch(stream& s, context& cx);
  void arm(stream& s, time_point when);
  [[nodiscard]] time_point next_due(const stream& s) const;

  client& client_of(const stream& s) { return clients_.at(s.client); }

  gateway_config config_;
  actor_ref self_;
  rng rng_;
  client_sink& sink_;
  gateway_mutants mutants_;
  text_registry& texts_;
  cluster_view view_;
  model_cards cards_;
  std::map<client_id, client> clients_;
  std::map<stream_id, stream> streams_;
  std::map<actor_ref, std::set<stream_id>> peers_; ///< Who is asked or runs them; all monitored.
  std::map<std::uint64_t, stream_id> asked_;       ///< By number of an `embed` without answer.
  std::set<std::pair<time_point, stream_id>> wakes_;
  cancel_limiter cancels_;
  std::uint64_t last_stream_ = 0;
  bool is_draining_ = false;
  gateway_stats stats_;
  std::deque<request_record> recent_; ///< Ended not long ago, the newest last.
  lost_workers lost_;
  quarantine quarantine_;
  quarantine_word word_;
};

} // namespace troupe
