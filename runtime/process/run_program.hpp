// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/process/child_processes.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace troupe::process {

struct program_options {
  std::vector<std::string> argv; ///< argv[0] is the path of the program, with a '/'.
  std::map<std::string, std::string> environment; ///< All of it; nothing is inherited.
  std::string input;                              ///< What it may read.
  duration timeout{0};                            ///< It is killed then, with its own children.
  std::size_t output_bytes_max = std::size_t{64} << 10U; ///< Of stdout and stderr each.
};

/// How a program ended. Of more output than the bound the head of `out` and the tail of `errors`
/// are kept.
struct program_end {
  int code = 0;
  int signal = 0;
  bool timed_out = false;
  std::string out;
  std::string errors;
};

/// Runs a program to its end, feeding and reading it. What its children still write after its end
/// is not waited for. Thread: any, several at once; blocks.
/// Errors: those of child_processes::spawn.
/// Checked: test/unit/process/run_program_test.cpp
[[nodiscard]] result<program_end> run_program(child_processes& children,
                                              const program_options& what);

/// Where a program called `name` is, by PATH; a name with a '/' is where it says. Errors:
/// not_found.
[[nodiscard]] result<std::string> find_program(
    const std::string& name, const std::map<std::string, std::string>& environment);

} // namespace troupe::process
