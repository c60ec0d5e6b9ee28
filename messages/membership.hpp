// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// Who is there: the directory is a cache of what the nodes say of themselves.
namespace troupe {

/// What an actor does for others.
enum class service_role : std::uint8_t {
  gateway = 0,
  router = 1,
  worker = 2,
  cache_shard = 3,
  planner = 4,
  directory = 5,
  node = 6,
};
constexpr service_role last_enumerator(service_role) {
  return service_role::node;
}

/// One actor that others may address.
struct service {
  service_role role = service_role::node;
  actor_ref actor;
  std::uint32_t engine = 0; ///< Of a worker.
  std::uint8_t roles = 0;   ///< Of a worker: role_set.
  std::string model;        ///< Of a worker: served name.
  model_digest digest;
  content_id content;
  layout_id layout;

  static constexpr auto fields() {
    return std::tuple{field(1, "role", &service::role),       field(2, "actor", &service::actor),
                      field(3, "engine", &service::engine),   field(4, "roles", &service::roles),
                      field(5, "model", &service::model),     field(6, "digest", &service::digest),
                      field(7, "content", &service::content), field(8, "layout", &service::layout)};
  }
};

/// A node with its services.
struct member {
  node_ref node;
  std::string name;
  std::vector<std::string> endpoints;
  std::vector<service> services;
  std::int64_t pid = 0;
  std::uint16_t http_port = 0;
  std::uint16_t admin_port = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "node", &member::node),
                      field(2, "name", &member::name),
                      field(3, "endpoints", &member::endpoints, 8),
                      field(4, "services", &member::services, 64),
                      field(5, "pid", &member::pid),
                      field(6, "http_port", &member::http_port),
                      field(7, "admin_port", &member::admin_port)};
  }
};

/// NODE to DIRECTORY: this is me, the highest epoch I have seen, and whether I hold a lease of its
/// leader. Also says changes.
struct join {
  static constexpr wire_type type = 60;
  static constexpr std::string_view name = "join";
  static constexpr traffic traffic_class = traffic::request;

  member me;
  std::uint64_t epoch_seen = 0;
  node_ref leader_seen;
  bool holds_lease = false;

  static constexpr auto fields() {
    return std::tuple{field(1, "me", &join::me), field(2, "epoch_seen", &join::epoch_seen),
                      field(3, "leader_seen", &join::leader_seen),
                      field(4, "holds_lease", &join::holds_lease)};
  }
};

/// DIRECTORY to NODE: your lease; renew before it ends. Answers `join` and every `renew`.
struct joined {
  static constexpr wire_type type = 61;
  static constexpr std::string_view name = "joined";
  static constexpr traffic traffic_class = traffic::ordered;

  std::uint64_t epoch = 0; ///< 0: the directory is young.
  std::uint32_t lease_ms = 0;
  node_ref leader;

  static constexpr auto fields() {
    return std::tuple{field(1, "epoch", &joined::epoch), field(2, "lease_ms", &joined::lease_ms),
                      field(3, "leader", &joined::leader)};
  }
};

/// NODE to DIRECTORY: still here; as in `join`. An unknown node is answered by `rejoin`.
struct renew {
  static constexpr wire_type type = 62;
  static constexpr std::string_view name = "renew";
  static constexpr traffic traffic_class = traffic::state;

  node_ref node;
  std::uint64_t epoch_seen = 0;
  node_ref leader_seen;
  bool holds_lease = false;

  static constexpr auto fields() {
    return std::tuple{field(1, "node", &renew::node), field(2, "epoch_seen", &renew::epoch_seen),
                      field(3, "leader_seen", &renew::leader_seen),
                      field(4, "holds_lease", &renew::holds_lease)};
  }
};

/// DIRECTORY to NODE: I do not know you; join.
struct rejoin {
  static constexpr wire_type type = 63;
  static constexpr std::string_view name = "rejoin";
  static constexpr traffic traffic_class = traffic::ordered;

  std::uint64_t epoch = 0;
  node_ref leader;

  static constexpr auto fields() {
    return std::tuple{field(1, "epoch", &rejoin::epoch), field(2, "leader", &rejoin::leader)};
  }
};

/// NODE to DIRECTORY: orderly end.
struct leave {
  static constexpr wire_type type = 64;
  static constexpr std::string_view name = "leave";
  static constexpr traffic traffic_class = traffic::ordered;

  node_ref node;

  static constexpr auto fields() { return std::tuple{field(1, "node", &leave::node)}; }
};

/// ANY ACTOR to DIRECTORY: tell me the members from now on. Answered by `members` at once.
struct watch {
  static constexpr wire_type type = 65;
  static constexpr std::string_view name = "watch";
  static constexpr traffic traffic_class = traffic::free;

  static constexpr auto fields() { return std::tuple{}; }
};

/// DIRECTORY to WATCHERS: removed stops new placements and never ends a session; absence from a
/// young directory means nothing.
struct members {
  static constexpr wire_type type = 66;
  static constexpr std::string_view name = "members";
  static constexpr traffic traffic_class = traffic::ordered;

  std::uint64_t epoch = 0; ///< The highest seen; 0: the directory is young.
  std::uint64_t version = 0;
  bool full = false; ///< Added is everybody.
  std::vector<member> added;
  std::vector<node_ref> removed;
  node_ref leader;

  static constexpr auto fields() {
    return std::tuple{field(1, "epoch", &members::epoch),
                      field(2, "version", &members::version),
                      field(3, "full", &members::full),
                      field(4, "added", &members::added, limits::members_max),
                      field(5, "removed", &members::removed, limits::members_max),
                      field(6, "leader", &members::leader)};
  }
};

} // namespace troupe
