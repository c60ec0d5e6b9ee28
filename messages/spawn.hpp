// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/membership.hpp"
#include "messages/plan.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// A process on a far node for somebody: started, found and watched in one step.
namespace troupe {

/// ANY ACTOR to NODE (request): run this process for me, once. Answered by `spawn_done` when it is
/// a member of the cluster, or by an error if it cannot be started or ends before that.
struct spawn {
  static constexpr wire_type type = 104;
  static constexpr std::string_view name = "spawn";
  static constexpr traffic traffic_class = traffic::request;

  std::string slot; ///< Its name as a node; not one the node has.
  slot_config want;
  bool monitor = false; ///< Tell me of its end by `spawn_ended`, once.
  bool link = false;    ///< End it when I end.

  static constexpr auto fields() {
    return std::tuple{field(1, "slot", &spawn::slot), field(2, "want", &spawn::want),
                      field(3, "monitor", &spawn::monitor), field(4, "link", &spawn::link)};
  }
};

/// NODE to who asked: it is a member, and these are its actors.
struct spawn_done {
  static constexpr wire_type type = 105;
  static constexpr std::string_view name = "spawn_done";
  static constexpr traffic traffic_class = traffic::ordered;

  std::string slot;
  node_ref node;
  std::int64_t pid = 0;
  std::vector<service> services;

  static constexpr auto fields() {
    return std::tuple{field(1, "slot", &spawn_done::slot), field(2, "node", &spawn_done::node),
                      field(3, "pid", &spawn_done::pid),
                      field(4, "services", &spawn_done::services, 64)};
  }
};

/// NODE to who asked: it has ended and is not started again.
struct spawn_ended {
  static constexpr wire_type type = 106;
  static constexpr std::string_view name = "spawn_ended";
  static constexpr traffic traffic_class = traffic::ordered;

  std::string slot;
  std::string how;   ///< "exit code 0"
  bool died = false; ///< Nobody had ordered it; a crash record tells more.

  static constexpr auto fields() {
    return std::tuple{field(1, "slot", &spawn_ended::slot), field(2, "how", &spawn_ended::how),
                      field(3, "died", &spawn_ended::died)};
  }
};

} // namespace troupe
