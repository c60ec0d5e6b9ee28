// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/shell/command.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The processes that agents keep running, as operators name them.
namespace troupe::shell {

struct known_slot {
  std::string agent;
  slot_report slot;
};

[[nodiscard]] std::optional<known_slot> slot_of(const console_view& view, const std::string& name);

/// A slot by its name, or by an actor of its process. Errors: as find_actor; not_found if no agent
/// keeps that process.
[[nodiscard]] result<known_slot> find_slot(const console_view& view, const std::string& name);

/// What a slot's process does now, for a plan: "; 4 streams there are placed again elsewhere".
[[nodiscard]] std::string load_of(command_call& call, const std::string& node_name);

/// "backing off"
[[nodiscard]] std::string_view phase_name(slot_phase what);

/// "run", "stop", "restart" or "kill".
[[nodiscard]] std::string act_name(const edit_record& what);

/// What planners remember of orders, the newest first.
struct told_edits {
  std::vector<edit_record> edits;
  std::size_t planners = 0;
  std::vector<std::string> failures; ///< Of planners that did not tell.
};
[[nodiscard]] told_edits edits_of(cluster_client& over);

/// Whether the agent keeps it running, as far as that can be told: one that stops is told apart
/// from one that begins anew by the edit that made its generation, if a planner remembers it.
/// Checked: test/unit/shell_command/slots_test.cpp
[[nodiscard]] bool is_wanted(const slot_report& slot, const std::vector<edit_record>& edits);

/// Has a planner give this order in the operator's name. Errors: the planner's and the agent's;
/// no_worker if there is no planner.
[[nodiscard]] result<order_done> give_order(command_call& call, scale what);

} // namespace troupe::shell
