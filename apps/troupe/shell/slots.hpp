// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/shell/command.hpp"

#include <optional>
#include <string>

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

} // namespace troupe::shell
