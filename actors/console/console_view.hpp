// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/inspect.hpp"
#include "messages/membership.hpp"
#include "messages/plan.hpp"
#include "messages/trace.hpp"
#include "runtime/base/clock.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace troupe {

/// What a console knows of the cluster without asking: members and plans are pushed to it, reports
/// are refreshed in the background.
struct console_view {
  struct node {
    member who;
    std::optional<actor_ref> admin;                ///< While a link to it stands.
    node_report report;                            ///< As of the last refresh.
    std::map<std::uint64_t, double> handled_per_s; ///< By actor, between the last two.
  };

  std::map<node_ref, node> nodes;
  std::map<std::string, plan_report> plans; ///< By the name of the agent's node.
  node_ref self;
};

/// Something that happened in the cluster.
struct console_event {
  time_point at;
  std::string what; ///< Stable, snake_case.
  std::string subject;
  std::string detail;
};

/// What a console core tells its terminal. Non-blocking; called inside the actor.
class console_port {
public:
  console_port() = default;
  console_port(const console_port&) = delete;
  console_port& operator=(const console_port&) = delete;
  virtual ~console_port() = default;

  virtual void see(std::shared_ptr<const console_view> now) = 0;
  virtual void happened(const console_event& what) = 0;
  virtual void traced(const actor_ref& admin, const trace_events& what) = 0;
};

} // namespace troupe
