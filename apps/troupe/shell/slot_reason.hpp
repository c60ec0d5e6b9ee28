// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/shell/slots.hpp"
#include "messages/crash.hpp"

#include <optional>
#include <string>
#include <vector>

namespace troupe::shell {

/// All that is known of a slot.
struct slot_facts {
  known_slot what;
  bool agent_linked = false;
  bool is_member = false; ///< A process of its name is in the cluster.
  told_edits edits;
  std::optional<crash_record> crash; ///< Its last.
};

/// Why a slot is as it is, and what an operator can do, in words.
struct slot_reason {
  bool wanted = false;
  std::optional<edit_record> edited; ///< Last, whatever came of it.
  std::vector<std::string> lines;
  std::vector<std::string> remedies; ///< None: nothing is to do.
};

/// Checked: test/unit/shell_command/slots_test.cpp
[[nodiscard]] slot_reason reason_of(const slot_facts& all);

} // namespace troupe::shell
