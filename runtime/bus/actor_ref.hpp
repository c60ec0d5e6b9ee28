// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/strong_id.hpp"
#include "runtime/codec/fields.hpp"

#include <compare>
#include <cstdint>
#include <tuple>

namespace troupe {

/// A process of the cluster by name, over its restarts.
using node_id = strong_id<struct node_id_tag, std::uint64_t>;

/// One start of that process; random, compared equal or unequal only.
using incarnation = strong_id<struct incarnation_tag, std::uint64_t>;

/// A node as it runs now.
struct node_ref {
  node_id node;
  incarnation life;

  static constexpr auto fields() {
    return std::tuple{field(1, "node", &node_ref::node), field(2, "life", &node_ref::life)};
  }
  friend auto operator<=>(const node_ref&, const node_ref&) = default;
};

/// Names an actor anywhere in the cluster; what messages carry instead of handles. `actor` 0 is
/// nobody. Actor numbers are not reused within an incarnation.
///
/// `session` never crosses the wire: the bus stamps it on refs to the peer a message came from, so
/// that a ref learned in a session dies with it. 0: not bound yet, the current session is meant.
struct actor_ref {
  node_ref node;
  std::uint64_t actor = 0;
  std::uint64_t session = 0;

  explicit operator bool() const { return actor != 0; }

  /// The same actor in the same session. Refs that are not bound are of any.
  [[nodiscard]] bool is_same_in_session(const actor_ref& other) const {
    return *this == other && (session == 0 || other.session == 0 || session == other.session);
  }

  static constexpr auto fields() {
    return std::tuple{field(1, "node", &actor_ref::node), field(2, "actor", &actor_ref::actor)};
  }

  /// Same actor, whatever the session it was learned in.
  friend bool operator==(const actor_ref& a, const actor_ref& b) {
    return a.actor == b.actor && a.node == b.node;
  }
  friend auto operator<=>(const actor_ref& a, const actor_ref& b) {
    if (const auto order = a.node <=> b.node; order != 0) {
      return order;
    }
    return a.actor <=> b.actor;
  }
};

} // namespace troupe
