// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/shell/command.hpp"
#include "apps/troupe/shell/shell_line.hpp"
#include "apps/troupe/shell/shell_terminal.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace troupe::shell {

struct runner_options {
  bool may_write = false;
  bool may_harm = false;
  bool yes = false; ///< Plans are agreed to without asking.
  bool json = false;
  bool interactive = false; ///< A person at a terminal can be asked.
  std::string who;
  std::string cluster;
  std::string version;
};

/// Runs lines: finds the command, gives it what it may use, and puts what it says where the line
/// says. Thread: the terminal's.
class shell_runner {
public:
  shell_runner(shell_terminal& over, runner_options options)
      : over_(over), options_(std::move(options)) {}

  /// The exit code of the line; errors are written to stderr.
  int run(const std::string& text);

private:
  using sink = std::function<void(std::string_view)>;

  result<void> run_to(const shell_line& line, const sink& out);
  bool agree(const std::string& plan);

  shell_terminal& over_;
  runner_options options_;
};

} // namespace troupe::shell
