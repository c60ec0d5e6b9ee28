// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/bus/actor_ref.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace troupe {

/// Bounds of one session, in each direction (I-7).
struct bus_limits {
  std::size_t control_window_bytes = std::size_t{8} << 20U; ///< Received and not yet destroyed.
  std::size_t bulk_window_bytes = std::size_t{256} << 20U;  ///< The same, of attachments.
  std::size_t waiting_bytes_max = std::size_t{16} << 20U;   ///< Ordered and state, without credit.
  std::size_t waiting_attachment_bytes_max = std::size_t{256} << 20U;
  std::size_t waiting_count_max = 65'536;
  std::size_t attachment_bytes_max = std::size_t{64} << 20U;
  std::size_t chunk_bytes = std::size_t{4} << 20U; ///< Of an attachment in one frame, at most.
  duration join_max = 10s;           ///< From the first byte of an attachment to the last.
  duration handshake_max = 5s;       ///< From open to up.
  duration dial_max = 600ms;         ///< The same of one try of `connect`, which tries again.
  duration heartbeat = 500ms;        ///< A ping each; at least 5 ms. Longer with many peers.
  duration silence_max = 2s;         ///< Without any frame the session ends. > 2 x heartbeat.
  duration pool_silence_max = 350ms; ///< A peer whose actors did not run for so long is dead.
  std::size_t requests_max = 65'536; ///< Unanswered, of one node; above: `overloaded`.
};

/// Rules left out on purpose, so that the simulation can show that it would notice.
struct bus_mutants {
  bool lane_by_size = false;          ///< Messages above some bytes go by the bulk lane.
  bool session_not_kept = false;      ///< Messages outlive their session; refs are not bound to it.
  bool hold_unchecked = false;        ///< Messages outlive their session; refs are bound to it.
  bool sequence_unchecked = false;    ///< Gaps and doubles of a lane are passed over.
  bool credit_kept = false;           ///< Half of what was taken of a window is never given back.
  bool window_ignored = false;        ///< A sender does not count what is in flight.
  bool incarnation_unchecked = false; ///< Whoever answers at a node's endpoint is that node.
  bool delivered_twice = false;       ///< One message in 64.
  bool watch_lost = false;            ///< The end of a session is told to nobody who watches.
  bool watch_twice = false;           ///< A watch stays after it was told.
  bool demonitor_ignored = false;     ///< A watch taken back stays.
  bool deadline_unarmed = false;      ///< No wake is asked for a request's deadline.
  bool farewell_ignored = false;      ///< A bye does not end the session.
  bool requests_forgotten = false;    ///< The end of a session answers no request.
  bool answers_unmatched = false;     ///< Answers are taken whether or not the request is open.
  bool refs_unbound = false;          ///< Refs inside messages outlive their session.
  bool waiting_lost = false;          ///< Of two sessions begun at once, what waits in one is lost.
  bool unknown_forgotten = false; ///< What waited for a peer that does not know its type is lost.
  bool joined_early = false;      ///< An attachment is whole with its first piece.
  bool ended_silently = false;    ///< Requests of an actor that ended stay open.
  bool canary = false;            ///< One message in 64 is lost: a check of the checks.
};

struct bus_security; // security.hpp

struct bus_options {
  node_ref self;
  std::string name;    ///< For people; told to peers.
  std::string cluster; ///< Nodes of another cluster are refused.
  bus_limits limits;
  bool local_through_codec = false; ///< Tests: every local message is encoded and decoded.
  bus_mutants mutants;
  std::shared_ptr<const bus_security> security; ///< None: everybody is believed.
};

} // namespace troupe
