// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/bus_options.hpp"
#include "runtime/bus/envelope.hpp"
#include "runtime/bus/link.hpp"
#include "runtime/bus/liveness.hpp"
#include "runtime/bus/message.hpp"
#include "runtime/bus/peer_guard.hpp"
#include "runtime/bus/session_credit.hpp"
#include "runtime/codec/type_table.hpp"

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace troupe {

/// A message on its way out, encoded.
struct parcel {
  envelope head;
  bytes body;
  blob attachment;
  traffic cls = traffic::ordered;
  time_point deadline = time_point::max();
};

/// A message that arrived whole.
struct arrival {
  envelope head;
  blob frame; ///< Envelope and body.
  blob attachment;
  std::shared_ptr<const session_hold> hold; ///< Empty for the bus's own frames.

  [[nodiscard]] bytes_view body() const { return frame.view().subspan(envelope_bytes); }
};

/// One side of a conversation with another process: handshake, sequence, credit, windows,
/// attachments, heartbeat.
///
/// Role:    made by the bus when a link is opened; ends once and never resumes.
/// Thread:  under the bus's lock; knows neither ZeroMQ nor CAF.
/// Errors:  whatever is returned as error ends the session: a gap or double in a lane's sequence,
///   a frame that does not parse, more in flight than was granted, a full window of ordered
///   messages, an attachment that stalls, silence.
/// Checked: test/unit/bus/session_test.cpp
class session {
public:
  struct setup {
    std::uint64_t serial = 0; ///< Of this process; what actor_ref.session holds.
    std::uint64_t nonce = 0;
    link_no link = 0;
    node_ref initiator;
    bus_mutants mutants;
    std::string toward;                          ///< The key that was called; empty: any.
    std::optional<keys::secret_key> bulk_secret; ///< Seals what goes out by the bulk lane.
    duration patience = duration::max();         ///< From open to up, if less than the limits' own.
  };
  session(const setup& how, const bus_limits& limits, const type_table& table, transport& over,
          std::shared_ptr<wake_gate> gate);
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session() { pulse_->orphan(holds_made_); }

  // --- handshake
  void say_hello(const hello_body& body);
  /// Their hello; answers `ready`. `who`: where links are authenticated.
  void accept(const origin& remote, const hello_body& body, std::optional<peer_identity> who = {});
  [[nodiscard]] bool up() const { return up_; }
  [[nodiscard]] time_point opened() const { return opened_; }
  [[nodiscard]] time_point met() const { return met_; } ///< When `accept` was called.
  [[nodiscard]] const std::optional<origin>& remote() const { return remote_; }
  [[nodiscard]] const setup& how() const { return how_; }
  [[nodiscard]] const std::optional<peer_identity>& identity() const { return identity_; }
  [[nodiscard]] std::optional<peer_identity>& identity() { return identity_; }
  [[nodiscard]] const hello_body& peer() const { return peer_; }

  // --- out
  enum class fate {
    taken,
    no_room,      ///< A request over the window or the queue.
    unknown_type, ///< The peer does not know that message.
  };

  /// An error ends the session.
  /// Leaves `what.body` to the caller unless it had to wait.
  result<fate> send(parcel&& what);
  /// What was gathered for one frame leaves now.
  void flush_batch();
  void bye(const error& why = {}); ///< `why` set: the peer broke a rule, or is too slow.
  /// What waited here continues there: for two sessions that were begun at once.
  void move_waiting_to(session& other);

  /// What waited here for the peer's hello, and is of a type that the peer does not know: it never
  /// left.
  [[nodiscard]] std::vector<envelope> take_unknown() { return std::exchange(unknown_, {}); }

  // --- in
  /// Calls `deliver` for whatever became whole: messages, and the bus's own frames but credit and
  /// ping.
  using receiver = std::function<void(arrival&&)>;
  result<void> on_frame(lane way, const frame& data, const receiver& deliver);

  /// Whether a bulk frame is the peer's: as sent, and not sent before. Anyone may knock at that
  /// lane: what is forged is dropped, and does not end the session.
  [[nodiscard]] bool is_genuine(const frame& data) const;

  // --- time
  /// What the process says of itself in a ping.
  struct pulse {
    duration heartbeat; ///< Until the next ping.
    duration pool_silent{0};
  };
  /// Heartbeat, limits in time, credit to return, frames the link refused.
  result<void> tick(const pulse& own);
  /// True once per suspicion: other nodes shall be asked.
  [[nodiscard]] bool take_suspicion() { return std::exchange(suspicion_, false); }
  void ask_about(const node_ref& node);
  void vouch_for(const node_ref& node);
  void vouched() { alive_.vouched(); }
  void own_pause(duration how) { alive_.own_pause(how, over_.now()); }
  [[nodiscard]] bool hears() const { return up_ && alive_.hears(over_.now()); }
  [[nodiscard]] time_point next_wake() const;

  /// From now on its deliveries are not alive.
  void end() { pulse_->alive.store(false); }

  [[nodiscard]] std::size_t waiting_count() const { return waiting_.size(); }
  [[nodiscard]] std::uint64_t unreturned_bytes() const;
  [[nodiscard]] credit_body in_flight() const; ///< Sent, and not given back by the peer.
  [[nodiscard]] std::uint64_t frames_in() const { return frames_in_; }
  [[nodiscard]] std::uint64_t frames_out() const { return frames_out_; }
  [[nodiscard]] std::uint64_t bytes_in() const { return bytes_in_; }
  [[nodiscard]] std::uint64_t bytes_out() const { return bytes_out_; }

private:
  using state_key = std::tuple<wire_type, std::uint64_t, std::uint64_t>;
  struct join {
    std::optional<arrival> message;
    blob whole; ///< The only piece, if there is one only.
    bytes data; ///< Else what came so far.
    std::uint64_t total = 0;

    [[nodiscard]] std::uint64_t size() const { return whole.empty() ? data.size() : whole.size(); }
    time_point since;
  };

  [[nodiscard]] bool is_credited(const envelope& head) const;
  [[nodiscard]] std::shared_ptr<const session_hold> make_hold(std::uint64_t control_bytes,
                                                              std::uint64_t bulk_bytes);
  [[nodiscard]] bool peer_knows(wire_type type) const;
  [[nodiscard]] bool room_for(const parcel& what) const;
  result<void> enqueue(parcel what);
  void emit(parcel& what);
  void emit_frame(lane way, envelope head, bytes_view body, blob bulk);
  [[nodiscard]] bool is_busy();
  void gather(const envelope& head, bytes_view body);
  void push(lane way, frame data);
  void seal(std::uint64_t seq, bytes& head, bytes_view bulk) const;
  [[nodiscard]] bool peer_has(std::uint64_t feature) const {
    return up_ && (peer_.features & feature) != 0;
  }
  void emit_own(frame_kind kind, bytes_view body, std::uint64_t id = 0);
  parcel take_waiting(std::list<parcel>::iterator at);
  void emit_waiting(std::list<parcel>::iterator at);
  void flush_waiting();
  void begin_flowing();
  void flush_link();
  void return_credit(bool all);

  result<void> take_batch(const blob& data, const receiver& deliver);
  result<void> take_frame(lane way, const envelope& head, const blob& data, const blob& bulk,
                          const receiver& deliver);
  result<void> take_message(arrival what, const receiver& deliver);
  result<void> take_chunk(const envelope& head, const blob& piece, const receiver& deliver);
  void finish_join(std::uint64_t seq, const receiver& deliver);
  result<void> take_credit(bytes_view body);

  setup how_;
  const bus_limits& limits_;
  const type_table& table_;
  transport& over_;
  session_pulse* pulse_; ///< Shared with the holds.
  std::uint64_t holds_made_ = 0;

  std::optional<origin> remote_;
  hello_body peer_;
  std::optional<peer_identity> identity_;
  std::vector<wire_type> peer_types_; ///< In order.
  bool up_ = false;

  std::uint64_t seq_out_[lane_count] = {0, 0};
  std::uint64_t seq_in_[lane_count] = {0, 0};
  std::deque<frame> unsent_[lane_count];
  bytes batch_; ///< Frames of the control lane that wait for on_flush.
  time_point last_out_;
  std::uint32_t in_a_row_ = 0; ///< Frames, each soon after the one before.

  std::list<parcel> waiting_;
  std::map<state_key, std::list<parcel>::iterator> newest_;
  std::size_t waiting_bytes_ = 0;
  std::size_t waiting_attachment_bytes_ = 0;
  std::vector<envelope> unknown_; ///< Of `take_unknown`.

  credit_body sent_;     ///< Credited bytes sent.
  credit_body returned_; ///< Of these, given back by the peer.
  credit_body taken_;    ///< Credited bytes received.

  std::map<std::uint64_t, join> joins_;
  std::uint64_t join_bytes_ = 0;

  time_point opened_;
  time_point met_;
  liveness alive_;
  bool suspicion_ = false;
  time_point heard_; ///< The frame in hand.
  time_point next_ping_;
  std::uint64_t frames_in_ = 0;
  std::uint64_t frames_out_ = 0;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
};

} // namespace troupe
