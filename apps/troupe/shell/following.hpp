// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/shell/command.hpp"
#include "apps/troupe/shell/names.hpp"
#include "apps/troupe/shell/recording.hpp"

#include <functional>
#include <string>

/// The messages of an actor while they come, within the bounds of `--rate` and `--for`.
namespace troupe::shell {

struct trace_bounds {
  double rate_per_s = 0;
  double seconds = 0;
};

/// 50/s for 10 s unless said otherwise. Errors: invalid_value.
[[nodiscard]] result<trace_bounds> bounds_of(const arguments& given);

struct followed {
  std::uint64_t lines = 0;
  std::uint64_t skipped = 0;  ///< Over the rate.
  std::string ended = "time"; ///< As in recording_end.
};

/// What becomes of what is seen. Either may stop it by an error, `line` also by false ("full").
struct followers {
  std::function<result<void>()> begun = [] {
    return result<void>{};
  };
  std::function<result<bool>(const seen_message&)> line;
};

/// Waits until the trace ends by itself, by Ctrl-C or by `into`, and calls it off in the last two
/// cases. Errors: those of the admin and of `into`.
/// Checked: test/unit/shell_command/commands_look_test.cpp, commands_record_test.cpp
[[nodiscard]] result<followed> follow_messages(command_call& call, const named_actor& whom,
                                               const trace_bounds& bounds, const followers& into);

} // namespace troupe::shell
