// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/console/console_view.hpp"
#include "apps/troupe/cluster_file.hpp"
#include "runtime/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

/// A cluster file beside what agents keep running.
namespace troupe::shell {

enum class change_kind : std::uint8_t {
  add,    ///< A new slot.
  start,  ///< It is as the file says, but at rest.
  change, ///< It runs something else.
  stop,   ///< The file does not name it.
};
[[nodiscard]] std::string_view name_of(change_kind what);

struct slot_change {
  change_kind what = change_kind::add;
  std::string agent;
  std::string slot;
  slot_config want;          ///< Of `add` and `change`.
  std::string detail;        ///< In words.
  bool ends_process = false; ///< A running one, in good order.
  std::string load;          ///< What that does to requests, if whoever asks found out.
};

struct plan_difference {
  std::vector<slot_change> changes; ///< What starts, then what changes, then what stops.
  std::vector<std::string> notes;   ///< What is left as it is though the file says otherwise.
  std::size_t same = 0;             ///< Slots that are as the file says.

  /// Whether the same would be done.
  [[nodiscard]] bool is_like(const plan_difference& other) const;
};

/// What would make the agents of `file` keep what it says. `prune`: also stop what it does not
/// name; other agents are left alone in any case. `edits`: what planners remember, newest first.
/// Errors: not_found (an agent of the file has not told what it keeps), invalid_value (a slot that
/// another agent keeps, or a process of that name that no agent keeps), each with the remedy.
/// Cost: linear in the slots. Checked: test/unit/shell_command/plan_diff_test.cpp
[[nodiscard]] result<plan_difference> compare_plan(const cluster_file& file,
                                                   const console_view& view,
                                                   const std::vector<edit_record>& edits,
                                                   bool prune);

/// "decode, model models/tiny, --threads 1, group pair"
[[nodiscard]] std::string in_words(const slot_config& what);

} // namespace troupe::shell
