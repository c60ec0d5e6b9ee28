// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/error.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/bus/message.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// What the bus posts to CAF actors, besides `delivery` (message.hpp). An attached actor handles:
///   [](const delivery&) [](const deliveries&) [](const down&), and a subscriber also
///   [](const peer_up&) and [](const peer_down&).
namespace troupe {

/// Messages that came together, in their order: one trip through the scheduler for all of them.
struct deliveries {
  std::vector<delivery> all; ///< At most deliveries_max, at least two.
};
inline constexpr std::size_t deliveries_max = 64;

/// A watched actor ended, or the session to it did. Exactly once per `monitor`.
struct down {
  actor_ref who;
  error why; ///< errc::none: it ended by itself; peer_gone: link, process or node lost.
};

/// Asks an actor of the scheduler for a sign of life; it calls bus's answer.
struct pool_pulse {};

/// A session stands.
struct peer_up {
  node_ref node;
  std::string name;
  std::uint64_t session = 0;
  std::vector<std::string> endpoints;
  std::map<std::string, actor_ref> named; ///< Actors its node attached under a name so far.
};

/// That session ended; its actor_refs are dead. Another `peer_up` of the same node may follow.
struct peer_down {
  node_ref node;
  std::uint64_t session = 0;
  error why;
};

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::delivery)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::deliveries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::down)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::pool_pulse)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::peer_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::peer_down)
