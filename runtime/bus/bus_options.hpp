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
  bool lane_by_size = false;     ///< Messages above some bytes go by the bulk lane.
  bool session_not_kept = false; ///< Messages outlive their session; refs are not bound to it.
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
