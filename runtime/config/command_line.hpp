// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/config/option_table.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::config {

/// A command of the program: `troupe <path> [flags] [positionals]`.
struct command {
  std::string path;                ///< "serve"; of a subcommand "config show".
  std::string positionals;         ///< As in the usage line: "MODEL".
  std::string summary;             ///< One line for the list of commands.
  std::vector<std::string> groups; ///< Whose flags it takes, in the order of its help.
  std::size_t positionals_min = 0;
  std::size_t positionals_max = 0;
};

/// What the user asked for.
struct invocation {
  const command* what = nullptr; ///< Null: help or version of the program itself.
  bool help = false;
  bool version = false;
  std::vector<std::pair<std::string, std::string>> flags; ///< For sources::flags.
  std::vector<std::string> positionals;
};

/// Splits arguments into command, flags and positionals. Flags are those of the table; their
/// values are checked by load(). A boolean --x may be written --x, --x=false or --no-x.
/// Role: filled once at start. Checked: test/unit/config/command_line_test.cpp
class command_line {
public:
  /// `table` outlives this.
  command_line(std::string program, std::string summary, const option_table& table);

  void add(command what);

  /// `arguments` are without the program's name; at most 1,000 of 64 KiB together.
  /// Errors: unknown_option (command or flag, with the nearest), invalid_value (a value or a
  /// positional missing or too many), too_large.
  [[nodiscard]] result<invocation> parse(std::span<const std::string> arguments) const;

  /// The list of commands; the usage, groups and flags of one command.
  [[nodiscard]] std::string help() const;
  [[nodiscard]] std::string help(const command& what) const;

  [[nodiscard]] const std::vector<command>& commands() const { return commands_; }

private:
  const command* longest_match(std::span<const std::string> arguments) const;
  error unknown_command(std::span<const std::string> arguments) const;

  std::string program_;
  std::string summary_;
  const option_table& table_;
  std::vector<command> commands_;
};

} // namespace troupe::config
