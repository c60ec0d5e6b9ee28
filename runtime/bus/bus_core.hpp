// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/bus_options.hpp"
#include "runtime/bus/known_endpoints.hpp"
#include "runtime/bus/message.hpp"
#include "runtime/bus/peer_guard.hpp"
#include "runtime/bus/posts.hpp"
#include "runtime/bus/request_table.hpp"
#include "runtime/bus/session.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace troupe {

/// Something for an actor of this process.
struct post {
  std::uint64_t actor = 0;
  std::variant<delivery, down, peer_up, peer_down, pool_pulse> what;
};

/// Everything the bus decides: who is attached, which session leads where, which requests are open,
/// who watches whom. Calls come in, frames go to the transport, posts pile up in `posts` for
/// whoever holds the lock to hand out after letting go of it.
/// Thread: under the bus's lock. Checked: test/unit/bus/bus_test.cpp
class bus_core {
public:
  bus_core(bus_options options, type_table table, transport& over, std::shared_ptr<wake_gate> gate);

  // --- actors of this process
  std::uint64_t attach(const std::string& name);
  void ended(std::uint64_t actor, const error& why);
  void subscribe(std::uint64_t actor);
  /// From here on that actor gets a `pool_pulse` after each `pool_answered`, and peers are told how
  /// long an answer is due.
  void watch_pool(std::uint64_t actor) { pool_actor_ = actor; }
  void pool_answered() { pool_asked_ = time_point::max(); }
  [[nodiscard]] bool attached(std::uint64_t actor) const { return locals_.contains(actor); }

  // --- what they ask. `ready` is made by `prepare`, without the lock.
  struct prepared {
    parcel data;
    error why; ///< Set: cannot be encoded.
  };
  static void prepare(const type_table& table, const outgoing& what, prepared& ready);
  /// `ready.data.body` is the caller's again afterwards, whatever it holds.
  void send(const actor_ref& from, outgoing what, prepared& ready);
  void monitor(const actor_ref& watcher, const actor_ref& who);
  void demonitor(const actor_ref& watcher, const actor_ref& who);
  void connect(const std::string& endpoint);
  void stop_connecting(const std::string& endpoint);
  void learn(const node_ref& node, std::vector<std::string> endpoints);
  void unlearn(const node_ref& node);
  [[nodiscard]] actor_ref find(const node_ref& node, const std::string& name) const;

  // --- what the transport tells
  void on_frame(const origin& from, lane way, const frame& data);
  void on_lost(link_no link, const error& why);
  void on_wake();
  void on_flush();

  /// Ends the sessions whose certificate does not hold any more.
  void recheck();

  /// Every session gets its bye if `politely`; then nothing is left.
  void stop(bool politely);

  /// Swaps with an empty vector, so that its room is used again.
  void take_posts(std::vector<post>& out) { posts_.swap(out); }
  [[nodiscard]] const bus_options& options() const { return options_; }
  [[nodiscard]] const type_table& table() const { return table_; }

  std::uint64_t dropped = 0;
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
  std::uint64_t ended_frames_in = 0; ///< Of sessions that are no more.
  std::uint64_t ended_frames_out = 0;
  [[nodiscard]] const refusal_counts& refusals() const { return guard_.counts(); }
  [[nodiscard]] std::size_t open_requests() const { return requests_.size(); }
  [[nodiscard]] const std::map<link_no, std::unique_ptr<session>>& sessions() const {
    return sessions_;
  }

private:
  struct dial {
    link_no link = 0;
    time_point again; ///< With a link: when to give it up.
  };

  // sending
  void send_local(const actor_ref& from, outgoing what);
  void send_remote(const actor_ref& from, const outgoing& what, prepared& ready);
  void hand(session& to, parcel&& what);
  void refuse_unknown(session& s);
  void not_sent(session& to, const envelope& head, const error& why);
  void fail(const actor_ref& requester, std::uint64_t id, const error& why);
  void answer_failure(const open_request& asked, const error& why);
  void wake_for(time_point when);
  void forgive_own_pause(time_point now);
  [[nodiscard]] session::pulse own_pulse(time_point now);
  void ask_witnesses(const session& about);
  void probe_arrived(session& s, const arrival& what);

  // sessions
  session* session_to(const actor_ref& who, error& why);
  session& open(const node_ref& node, const std::vector<std::string>& endpoints,
                const node_ref& initiator, std::uint64_t answers);
  [[nodiscard]] hello_body hello(std::uint64_t nonce, std::uint64_t answers) const;
  void on_hello(const origin& from, const hello_body& body);
  void on_answer(const origin& from, const hello_body& body);
  void on_call(const origin& from, const hello_body& body);
  bool ours_wins(const session& ours, const session& other) const;
  void answer_calls(time_point now);
  void bind(session& s, const origin& from, const hello_body& body);
  void answer(session& s, const origin& from, const hello_body& body);
  void answer_mistaken(const origin& from, const hello_body& body);
  void drop_older_calls(const origin& from);
  [[nodiscard]] bool take_over(session& s);
  void end_former_lives(const session& s);
  void end(link_no link, const error& why);
  void give_up(link_no link, const error& why);
  void forget(link_no link, bool flush = false);
  void replace(session& old, session& by);
  [[nodiscard]] bool reaches(const std::string& endpoint, bool only_up) const;
  void redial(time_point now);
  void remember_dial(link_no link, node_id reached);

  // who may do what (bus_core_guard.cpp); all true where links are not authenticated
  bool admits(const origin& from, const sender_key& by, const hello_body& body);
  bool comes_from(const session& s, lane way, const frame& data);
  bool may_say(session& s, const arrival& what);

  // arrivals
  void arrived(link_no link, arrival&& what);
  void became_up(session& s);
  void message_arrived(session& s, arrival&& what);
  void answer_arrived(session& s, delivery what);
  void undecodable(session& s, const arrival& what, const error& why);
  void watch_arrived(session& s, const arrival& what);
  void reply_failure(session& s, std::uint64_t target, std::uint64_t id, const error& why);

  [[nodiscard]] actor_ref here(std::uint64_t actor) const { return {options_.self, actor, 0}; }

  bus_options options_;
  type_table table_;
  transport& over_;
  std::shared_ptr<wake_gate> gate_;
  peer_guard guard_;
  std::optional<peer_identity> admitted_; ///< Of the hello being handled.

  std::uint64_t last_actor_ = 0;
  std::uint64_t last_session_ = 0;
  std::map<std::uint64_t, std::string> locals_;
  std::set<std::uint64_t> subscribers_;

  std::map<link_no, std::unique_ptr<session>> sessions_;
  std::map<node_ref, link_no> current_; ///< The one session of a node, begun or up.
  std::map<origin, link_no> by_origin_;
  std::map<std::uint64_t, link_no> by_nonce_;
  known_endpoints known_;
  struct call {
    origin from;
    hello_body body;
    std::optional<peer_identity> who;
  };
  std::map<node_ref, call> calls_; ///< The peer shall answer ours; if it does not, we answer these.
  std::map<std::string, dial> dials_;
  std::map<std::string, node_id> reached_; ///< Who answered at an endpoint that was dialed.

  time_point planned_wake_ = time_point::max();
  std::uint64_t pool_actor_ = 0; ///< 0: the pool is not watched.
  time_point pool_asked_ = time_point::max();

  request_table requests_;
  std::set<std::pair<actor_ref, actor_ref>> watches_; ///< (watched, watcher)
  std::vector<post> posts_;
  std::vector<arrival> whole_; ///< Of the frame in hand.
};

} // namespace troupe
